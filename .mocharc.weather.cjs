// The drills in AWS's weather, and its load: minutes of waiting for what AWS does slowly.
module.exports = {
  ...require("./.mocharc.integration.cjs"),
  spec: ["tests/weather*.integration.ts"],
  ignore: [],
};
