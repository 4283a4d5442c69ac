#!/usr/bin/env node
// Runs the command from its TypeScript sources, from any working directory, without type checking: `npm run typecheck` does that.
// Which Node.js versions do is package.json's to say; the SDK's advice would stand in the middle of every output.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const path = require("node:path");
const root = path.join(__dirname, "..");
require("ts-node").register({ transpileOnly: true, cwd: root, project: path.join(root, "tsconfig.json") });
void require("./main").main(process.argv);
