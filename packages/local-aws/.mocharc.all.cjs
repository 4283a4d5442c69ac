const unit = require("./.mocharc.cjs");
const integration = require("./.mocharc.integration.cjs");
module.exports = { ...integration, spec: [...integration.spec, ...unit.spec] };
