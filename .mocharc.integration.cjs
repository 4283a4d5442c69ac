// What runs against the local organization; each file has its own, so files run side by side.
module.exports = {
  ...require("./.mocharc.cjs"),
  spec: ["tests/**/*.integration.ts", "packages/**/*.integration.ts"],
  parallel: true,
  jobs: 2,
  timeout: 120000,
};
