// Lets `require` load TypeScript. Compiled code is cached in .bailiwick/, because compiling is the slowest part of a command's start;
// the compiler is only loaded for files that changed.
const { createHash, randomBytes } = require("node:crypto");
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.join(__dirname, "..");
const folder = path.join(root, ".bailiwick", "compiled");
const project = path.join(root, "tsconfig.json");
/** Far more than the project has files: beyond this, most are of old versions. */
const MOST_FILES = 3000;

const versions = ["typescript", "ts-node"].map((name) => require(`${name}/package.json`).version);
const settings = readFileSync(project, "utf8");
let service;

function compile(source, file) {
  service ??= require("ts-node").create({ transpileOnly: true, cwd: root, project });
  return service.compile(source, file);
}

function compiled(source, file) {
  const key = createHash("sha256")
    .update(JSON.stringify([versions, settings, file, source]))
    .digest("hex");
  const kept = path.join(folder, `${key.slice(0, 40)}.js`);
  try {
    return readFileSync(kept, "utf8");
  } catch {
    const code = compile(source, file);
    try {
      keep(kept, code);
    } catch {
      // A read-only checkout or a full disk: slower, but no reason to fail.
    }
    return code;
  }
}

/** Written atomically, since other runs may be reading. */
function keep(kept, code) {
  mkdirSync(folder, { recursive: true });
  const draft = `${kept}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, code);
  renameSync(draft, kept);
  if (Math.random() < 0.01 && readdirSync(folder).length > MOST_FILES) rmSync(folder, { recursive: true });
}

// The compiled code contains its source map.
process.setSourceMapsEnabled(true);
Module._extensions[".ts"] = (module, file) =>
  module._compile(compiled(readFileSync(file, "utf8"), file), file);
