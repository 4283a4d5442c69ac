import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";

const REGISTER = path.join(__dirname, "register.js");

describe("loading compiled TypeScript", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "register-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** @returns the output of a process that loads the file, and whether it had to load the compiler. */
  async function load(source: string): Promise<{ output: string; compiler: boolean }> {
    const file = path.join(folder, "module.ts");
    await writeFile(file, source);
    const script = `
      require(${JSON.stringify(REGISTER)});
      try { console.log(require(${JSON.stringify(file)}).value); } catch (error) { console.log(error.stack); }
      console.log(Object.keys(require.cache).some((name) => name.endsWith("lib/typescript.js")));`;
    const lines = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }).trimEnd().split("\n");
    return { output: lines.slice(0, -1).join("\n"), compiler: lines.at(-1) === "true" };
  }

  it("compiles once, and again only when the file has changed", async () => {
    const first = await load("export const value: string = 'one';");
    const again = await load("export const value: string = 'one';");
    const changed = await load("export const value: string = 'two';");

    assert.deepEqual(first, { output: "one", compiler: true });
    assert.deepEqual(again, { output: "one", compiler: false });
    assert.deepEqual(changed, { output: "two", compiler: true });
  });

  it("names lines of the source in stack traces, also when it was compiled before", async () => {
    const source = "interface Unused {\n  name: string;\n}\n\nthrow new Error('line five');";

    await load(source);
    const { output, compiler } = await load(source);

    assert.equal(compiler, false);
    assert.match(output, /line five[\s\S]*module\.ts:5:/);
  });
});
