// The unit specs: in one process, no Python, seconds.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

module.exports = {
  require: ["./packages/local-aws/engine/promise-stacks.cjs", "./cli/register.js"],
  extension: ["ts"],
  spec: [
    "{components,config,contract,controls,docs,functions,policies,packages,rehearsal,cli,tests}/**/*.spec.ts",
  ],
  reporter: "tests/support/reporter.cjs",
  timeout: 20000,
};
