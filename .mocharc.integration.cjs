// What runs against the local organization or starts whole processes; each file has its own, so files run side by side.
module.exports = {
  ...require("./.mocharc.cjs"),
  spec: ["{tests,packages,cli,lint,policies}/**/*.integration.ts"],
  // In weather every wait is longer: `npm run test:weather` runs these by themselves.
  ignore: ["tests/weather*.integration.ts"],
  timeout: 120000,
};
