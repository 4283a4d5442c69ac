import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const readme = readFileSync(join(__dirname, "README.md"), "utf8");

describe("the README", () => {
  it("begins with an example of at most 20 lines that prints what it says", function () {
    this.timeout(60_000);
    const example = firstBlock("ts");
    assert.ok(example.trimEnd().split("\n").length <= 20);
    const folder = join(__dirname, ".cache", "readme");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "example.ts");
    writeFileSync(file, example);

    const output = execFileSync(process.execPath, ["-r", "ts-node/register/transpile-only", file], {
      cwd: __dirname,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });

    assert.equal(output, firstBlock("text"));
  });
});

function firstBlock(language: string): string {
  const [, block] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(readme) ?? [];
  assert.ok(block !== undefined, `the README has no block of ${language}`);
  return block;
}
