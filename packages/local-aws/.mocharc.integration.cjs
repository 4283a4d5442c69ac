// What starts an emulator; each file has its own, so files run side by side.
module.exports = {
  ...require("./.mocharc.cjs"),
  spec: ["**/*.integration.ts"],
  parallel: true,
  jobs: 2,
  timeout: 120000,
};
