// The unit specs: in one process, no Python, seconds.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

module.exports = {
  require: ["./local/engine/promise-stacks.cjs", "./cli/register.js"],
  extension: ["ts"],
  spec: ["{components,config,controls,docs,events,functions,policies,local,cli,tests}/**/*.spec.ts"],
  reporter: "tests/support/reporter.cjs",
  timeout: 20000,
};
