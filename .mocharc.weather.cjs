// The drills in AWS's weather, and its load: minutes of waiting for what AWS does slowly.
const { ignore: _, ...integration } = require("./.mocharc.integration.cjs");
module.exports = { ...integration, spec: ["tests/weather*.integration.ts"] };
