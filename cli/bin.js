#!/usr/bin/env node
// Runs the command from its TypeScript sources, from any working directory, without type checking: `npm run typecheck` does that.
// package.json states the supported Node.js versions; the SDK's advice on them would appear in every output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
require("./register");
void require("./main").main(process.argv);
