#!/usr/bin/env node
// Runs the command from its TypeScript sources, from any working directory, without type checking: `npm run typecheck` does that.
const path = require("node:path");
const root = path.join(__dirname, "..");
require("ts-node").register({ transpileOnly: true, cwd: root, project: path.join(root, "tsconfig.json") });
void require("./main").main(process.argv);
