/**
 * Removes controls from a copy of the tree, then adds one to it: a folder and a line of controls/index.ts each, nothing else. Imports,
 * the catalogue's specs, the program at preview, the functions' bundles, the policy pack and the pages must follow.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(__dirname, "..");
const NOT_COPIED = ["node_modules", ".git", ".bailiwick", ".cache", "out", "coverage", "policies/bin"];
/** One with all sides, and one that only reports. */
const REMOVED = ["lambda-event-source-enabled", "route53-zone-change-reported"];
/** What proves that the pack and the pages are made from the list. */
const SPECS = ["controls/*.spec.ts", "policies/*.spec.ts", "docs/generate.spec.ts"];

describe("a control", function () {
  this.timeout(180_000);
  let copy: string;
  const children = new Set<ChildProcess>();
  before(() => {
    copy = copyTree();
    // The specs that the project's own configuration lists would be run too.
    const config = `const { spec, reporter, parallel, ...rest } = require("./.mocharc.cjs"); module.exports = rest;`;
    writeFileSync(join(copy, ".mocharc.copy.cjs"), config);
  });
  after(async () => {
    const ends = [...children].map((child) => once(child, "close"));
    for (const child of children) child.kill();
    await Promise.all(ends);
    rmSync(copy, { recursive: true, force: true });
  });

  const file = (...path: string[]) => join(copy, ...path);
  const read = (...path: string[]) => readFileSync(file(...path), "utf8");
  const change = (path: string, edit: (text: string) => string) =>
    writeFileSync(file(path), edit(read(path)));

  /** Runs a command of the copy. @throws with what it printed when it fails. */
  async function run(...args: string[]): Promise<void> {
    const child = spawn(process.execPath, args, { cwd: copy, stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => (printed += data.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    children.delete(child);
    assert.equal(code, 0, `node ${args.join(" ")}\n${printed}`);
  }

  const mocha = (...args: string[]) =>
    run(
      "node_modules/mocha/bin/mocha.js",
      "--config",
      ".mocharc.copy.cjs",
      "--reporter",
      "dot",
      "--fail-zero",
      ...args,
    );

  async function everythingFollows(...specs: string[]): Promise<void> {
    await run("-r", "./cli/register.js", "docs/generate.ts");
    await Promise.all([
      mocha(...SPECS, ...specs),
      mocha("tests/program.spec.ts", "--grep", "at a preview,"),
      run("cli/bin.js", "build"),
    ]);
    assert.deepEqual(danglingImports(copy), []);
  }

  const functions = () => readdirSync(file("out", "functions")).filter((name) => !name.endsWith(".mjs"));

  it("is removed with its folder and its line", async () => {
    for (const id of REMOVED) {
      rmSync(file("controls", id), { recursive: true });
      change("controls/index.ts", (text) => text.replace(`  "${id}",\n`, ""));
    }
    // The settings of a stack are the user's own: a control that isn't there can't be set.
    for (const name of readdirSync(copy).filter((each) => /^Pulumi\..+\.yaml$/.test(each)))
      change(name, (text) => text.replace(/^ +lambda-event-source-enabled: .*\n/m, ""));

    await everythingFollows();

    for (const id of REMOVED) {
      assert(!functions().includes(id));
      assert(!read("docs", "catalogue.md").includes(id));
      assert(!read("policies", "bin", "index.js").includes(id));
    }
  });

  it("is added with its folder and its line", async () => {
    const [id = ""] = REMOVED;
    const added = "lambda-event-source-kept";
    cpSync(join(ROOT, "controls", id), file("controls", added), { recursive: true });
    for (const name of readdirSync(file("controls", added)).filter((each) => /\.(ts|txt)$/.test(each)))
      change(`controls/${added}/${name}`, (text) => text.replaceAll(id, added));
    change("controls/index.ts", (text) => text.replace("const IDS = [\n", `$&  "${added}",\n`));

    await everythingFollows(`controls/${added}/*.spec.ts`, "functions/notifier/messages.spec.ts");

    assert(functions().includes(added));
    assert(read("docs", "catalogue.md").includes(`## ${added}`));
    assert(read("policies", "bin", "index.js").includes(added));
  });
});

/** The tree with its uncommitted changes. Its node_modules are links, but the workspace's packages are the copy's own. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), "bailiwick-controls-"));
  cpSync(ROOT, copy, {
    recursive: true,
    filter: (source) => !NOT_COPIED.some((name) => source.endsWith(`/${name}`)),
  });
  const modules = join(ROOT, "node_modules");
  mkdirSync(join(copy, "node_modules", "@bailiwick"), { recursive: true });
  for (const name of readdirSync(modules))
    if (name !== "@bailiwick") symlinkSync(join(modules, name), join(copy, "node_modules", name));
  for (const name of readdirSync(join(copy, "packages")))
    symlinkSync(join(copy, "packages", name), join(copy, "node_modules", "@bailiwick", name));
  return copy;
}

/** Imports of files that aren't there, which the compiler would refuse. */
function danglingImports(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/(^|\/)node_modules\//.test(name))
    .flatMap((name) => {
      const imports = readFileSync(join(folder, name), "utf8").matchAll(
        /^(?:import|export|\}) .*from "(\.[^"]*)";$/gm,
      );
      return [...imports].map(([, to = ""]) => ({ name, to, path: join(folder, dirname(name), to) }));
    })
    .filter(({ path }) => !["", ".ts", "/index.ts", ".d.cts"].some((end) => existsSync(`${path}${end}`)))
    .map(({ name, to }) => `${name} imports ${to}`);
}
