#!/usr/bin/env node
// Runs the command from its TypeScript sources, from any working directory, without type checking: `npm run typecheck` does that.
// Which Node.js versions do is package.json's to say; the SDK's advice would stand in the middle of every output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
require("./register");
void require("./main").main(process.argv);
