// The unit specs: in one process, no Python.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

module.exports = {
  require: ["./engine/promise-stacks.cjs", "ts-node/register/transpile-only"],
  extension: ["ts"],
  spec: ["**/*.spec.ts"],
  timeout: 20000,
};
