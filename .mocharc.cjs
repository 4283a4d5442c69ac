// The unit specs: no Python, no emulator, no process of the product; seconds. Those that take longest come first, so that the two
// processes end together.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

module.exports = {
  require: [
    "./packages/local-aws/engine/promise-stacks.cjs",
    "./cli/register.js",
    "./tests/support/mocha-setup.cjs",
  ],
  extension: ["ts"],
  spec: [
    "components/**/*.spec.ts",
    "tests/**/*.spec.ts",
    "cli/**/*.spec.ts",
    "{config,contract,controls,docs,functions,lint,policies,rehearsal,packages}/**/*.spec.ts",
  ],
  reporter: "tests/support/reporter.cjs",
  parallel: true,
  jobs: 2,
  timeout: 20000,
};
