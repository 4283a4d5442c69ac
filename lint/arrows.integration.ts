import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";

const CRUISER = path.join(__dirname, "..", "node_modules", ".bin", "depcruise");

/** Every file of the small tree, and what it imports. */
type Tree = Record<string, string[]>;

/** Arrows as they should be. */
const GOOD: Tree = {
  "index.ts": ["./components/Hub", "./config/index"],
  "components/Hub.ts": ["../contract/names", "../config/index"],
  "config/index.ts": ["../controls/index"],
  "contract/names.ts": [],
  "controls/index.ts": ["./s3-a/control"],
  "controls/lib/control.ts": ["@bailiwick/aws-events"],
  "controls/s3-a/control.ts": ["../lib/control"],
  "controls/s3-b/control.ts": ["../lib/control"],
  "functions/control/handler.ts": ["../../contract/names", "../../controls/lib/control"],
  "functions/control/handler.spec.ts": ["./handler", "../../tests/support/local"],
  "policies/policies.ts": ["../controls/index"],
  "docs/generate.ts": ["../controls/index", "../config/index"],
  "rehearsal/deploy.ts": ["@bailiwick/local-aws", "../config/index", "../policies/policies"],
  "cli/main.ts": ["../rehearsal/deploy", "../functions/control/handler"],
  "bench/index.ts": ["../cli/main"],
  "tests/support/local.ts": ["../../rehearsal/deploy"],
  "packages/aws-events/index.ts": [],
  "packages/local-aws/index.ts": ["@bailiwick/aws-events"],
};

/** One arrow each that must not be, and the rule that forbids it. */
const BAD: [file: string, imports: string, rule: string][] = [
  ["components/Hub.ts", "../functions/control/handler", "arrows-of-components"],
  ["components/Hub.ts", "../rehearsal/deploy", "arrows-of-components"],
  ["config/index.ts", "../components/Hub", "arrows-of-config"],
  ["contract/names.ts", "../config/index", "arrows-of-contract"],
  ["controls/lib/control.ts", "../../contract/names", "arrows-of-controls"],
  ["controls/lib/control.ts", "../s3-a/control", "controls-lib-below"],
  ["controls/s3-b/control.ts", "../s3-a/control", "controls-apart"],
  ["functions/control/handler.ts", "../../components/Hub", "arrows-of-functions"],
  ["functions/control/handler.ts", "../../config/index", "arrows-of-functions"],
  ["policies/policies.ts", "../components/Hub", "arrows-of-policies"],
  ["docs/generate.ts", "../cli/main", "arrows-of-docs"],
  ["index.ts", "./rehearsal/deploy", "arrows-of-index"],
  ["rehearsal/deploy.ts", "../cli/main", "arrows-of-rehearsal"],
  ["cli/main.ts", "../bench/index", "arrows-of-cli"],
  ["packages/aws-events/index.ts", "../../controls/lib/control", "arrows-of-packages-aws-events"],
  ["packages/aws-events/index.ts", "@bailiwick/local-aws", "arrows-of-packages-aws-events"],
  ["packages/local-aws/index.ts", "../../contract/names", "arrows-of-packages-local-aws"],
  ["packages/local-aws/index.ts", "../../rehearsal/deploy", "arrows-of-packages-local-aws"],
  ["functions/control/handler.ts", "./handler.spec", "nothing-imports-tests"],
  ["functions/control/handler.ts", "../../tests/support/local", "nothing-imports-tests"],
  ["functions/control/handler.ts", "../../tests/support/local", "arrows-of-functions"],
  ["functions/control/handler.ts", "./missing", "resolvable"],
];

describe("the arrows between folders", function () {
  this.timeout(60_000);
  let folder: string;

  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "bailiwick-arrows-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Writes the tree and has the rules judge it. @returns "rule: from" of each violation, sorted. */
  async function violationsOf(tree: Tree): Promise<string[]> {
    await writeFile(path.join(folder, "tsconfig.json"), "{}");
    await writeFile(path.join(folder, "package.json"), "{}");
    for (const [file, imports] of Object.entries(tree)) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      const lines = imports.map((each) => `import type {} from "${each}";\n`);
      await writeFile(path.join(folder, file), `${lines.join("")}export {};\n`);
    }
    await mkdir(path.join(folder, "node_modules", "@bailiwick"), { recursive: true });
    for (const name of ["aws-events", "local-aws"]) {
      const home = path.join(folder, "packages", name);
      await writeFile(path.join(home, "package.json"), '{ "exports": { ".": "./index.ts" } }');
      await symlink(home, path.join(folder, "node_modules", "@bailiwick", name));
    }
    const args = ["--config", path.join(__dirname, "arrows.cjs"), "--output-type", "json", "."];
    const output = await new Promise<string>((resolve, reject) =>
      // It ends with the number of errors.
      execFile(CRUISER, args, { cwd: folder, maxBuffer: 1 << 26 }, (_, stdout, stderr) =>
        stdout === "" ? reject(new Error(stderr)) : resolve(stdout),
      ),
    );
    const { summary } = JSON.parse(output) as {
      summary: { violations: { from: string; rule: { name: string } }[] };
    };
    return summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`).sort();
  }

  it("are as they should be in a small tree", async () => {
    assert.deepEqual(await violationsOf(GOOD), []);
  });

  it("are refused where they must not be, each by its rule", async () => {
    // Circles are judged below: these arrows would make many.
    const tree = structuredClone(GOOD);
    for (const [file, imports] of BAD) tree[file] = [...new Set([...(tree[file] ?? []), imports])];

    const found = (await violationsOf(tree)).filter((violation) => !violation.startsWith("no-circles"));

    assert.deepEqual(found, BAD.map(([file, , rule]) => `${rule}: ${file}`).sort());
  });

  it("never go round in a circle, not even of types", async () => {
    const violations = await violationsOf({
      ...GOOD,
      "contract/names.ts": ["./limits"],
      "contract/limits.ts": ["./names"],
    });

    assert.deepEqual(violations, ["no-circles: contract/limits.ts"]);
  });
});
