/**
 * The program under the real `pulumi` command, with a provider that echoes: what only Pulumi's own engine can show. Needs `pulumi` on
 * PATH, which no package of the npm registry brings.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";

const run = promisify(execFile);
const PROJECT = path.join(__dirname, "..", "..");
const HOW_TO_GET_IT =
  "the `pulumi` command is not on PATH: https://www.pulumi.com/docs/iac/download-install/ says how to get it";

interface Summary {
  steps: { op: string; urn: string }[];
  changeSummary: Record<string, number>;
}

function hasPulumi(): boolean {
  try {
    execFileSync("pulumi", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("under the real Pulumi engine", function () {
  this.timeout(600_000);
  let folder: string;

  before(async function () {
    if (!hasPulumi()) {
      // The reporter shows skipped tests; this says why.
      process.stderr.write(`  (not run under the real engine: ${HOW_TO_GET_IT})\n`);
      this.skip();
    }
    folder = await mkdtemp(path.join(tmpdir(), "bailiwick-pulumi-"));
    // A project of its own, because `stack init` writes into the stack's file. Its program is this one, where it stands.
    const project = parse(await readFile(path.join(PROJECT, "Pulumi.yaml"), "utf8")) as object;
    await writeFile(path.join(folder, "Pulumi.yaml"), stringify({ ...project, main: PROJECT }));
  });
  after(() => (folder === undefined ? undefined : rm(folder, { recursive: true, force: true })));

  async function pulumi(...args: string[]): Promise<string> {
    const { stdout } = await run("pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        PATH: `${path.join(__dirname, "bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
        HOME: folder,
        PULUMI_HOME: path.join(folder, "home"),
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "rehearsal",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      },
    });
    return stdout;
  }

  for (const stack of ["dev", "prod"]) {
    describe(`the ${stack} stack`, () => {
      const summary = async (...args: string[]) =>
        JSON.parse(await pulumi(...args, "--stack", stack, "--json")) as Summary;
      let planned = 0;

      before(async () => {
        await cp(path.join(PROJECT, `Pulumi.${stack}.yaml`), path.join(folder, `Pulumi.${stack}.yaml`));
        await pulumi("stack", "init", stack);
      });

      it("is previewed with all outputs unknown, and creates only", async () => {
        const { changeSummary } = await summary("preview");

        assert.deepEqual(Object.keys(changeSummary), ["create"]);
        planned = changeSummary["create"] ?? 0;
        assert(planned > 400, `${planned} resources`);
      });

      it("is deployed as it was previewed", async () => {
        await pulumi("up", "--yes", "--skip-preview", "--stack", stack);

        const { deployment } = JSON.parse(await pulumi("stack", "export", "--stack", stack)) as {
          deployment: { resources: { type: string }[] };
        };
        // The engine adds a provider for its own resources, which a preview doesn't count.
        const deployed = deployment.resources.filter(({ type }) => type !== "pulumi:providers:pulumi");
        assert.equal(deployed.length, planned);
      });

      it("has nothing to do the second time", async () => {
        const { changeSummary } = await summary("preview");

        assert.deepEqual(changeSummary, { same: planned });
      });
    });
  }
});
