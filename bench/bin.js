#!/usr/bin/env node
// `npm run bench`: runs the benchmarks from their TypeScript sources.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
require("../cli/register");
const { runProgram } = require("../cli/run-program");
void runProgram(() => require("./index").benchCommand(), process.argv);
