/** `bailiwick build`: bundles the functions as they are deployed, and the policy pack as JavaScript, which starts faster. */
import { Command } from "commander";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { controls } from "../../controls";
import { hasSide } from "../../controls/lib/sides";
import { bundleControl } from "../../components/lib/bundle";
import { ExitCode } from "../errors";

const root = path.join(__dirname, "..", "..");

interface Built {
  name: string;
  /** Relative to the project. */
  file: string;
  bytes: number;
  /** Gzipped, which is within a few per cent of a function's archive. */
  compressedBytes: number;
}

export function buildCommand(): Command {
  return new Command("build")
    .description(
      "Bundles each control's function as `pulumi up` deploys it, to inspect and to measure, and the policy pack as JavaScript " +
        "(pulumi preview --policy-pack policies/bin).",
    )
    .option("--out <folder>", "folder for the functions", path.join("out", "functions"))
    .option("--json", "answer in JSON")
    .action(async (options: { out: string; json?: boolean }) => {
      const built = [...(await buildFunctions(path.resolve(options.out))), await buildPolicyPack()];
      if (options.json) process.stdout.write(`${JSON.stringify(built)}\n`);
      else for (const each of built) process.stdout.write(line(each));
      process.exitCode = ExitCode.ok;
    });
}

function buildFunctions(folder: string): Promise<Built[]> {
  return Promise.all(
    controls.map(async ({ id }) => write(id, path.join(folder, id, "index.mjs"), await bundleControl(id))),
  );
}

/** Makes a folder that Pulumi accepts as a policy pack, with one JavaScript file instead of all sources. */
async function buildPolicyPack(): Promise<Built> {
  const { build } = await import("esbuild");
  const folder = path.join(root, "policies", "bin");
  const source = path.join(root, "policies");
  await rm(folder, { recursive: true, force: true });
  const result = await build({
    stdin: { contents: policyPackSource(), resolveDir: root, loader: "ts" },
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // The pack must share these with the process that runs it.
    external: ["@pulumi/*"],
    tsconfigRaw: {},
    write: false,
    logLevel: "silent",
  });
  const built = await write("policy pack", path.join(folder, "index.js"), result.outputFiles[0]?.text ?? "");
  const manifest = JSON.parse(await readFile(path.join(source, "package.json"), "utf8")) as object;
  await writeFile(
    path.join(folder, "package.json"),
    `${JSON.stringify({ ...manifest, main: "index.js" }, undefined, 2)}\n`,
  );
  await copyFile(path.join(source, "PulumiPolicy.yaml"), path.join(folder, "PulumiPolicy.yaml"));
  return built;
}

/** policies/index.ts with static imports: the bundler can't follow those by which the controls' sides are found. */
function policyPackSource(): string {
  const ids = controls.map(({ id }) => id).filter((id) => hasSide(id, "prevent"));
  return [
    `import { startPack } from "./policies/pack";`,
    ...ids.map((id, index) => `import { prevention as policy${index} } from "./controls/${id}/prevent";`),
    `startPack([${ids.map((_, index) => `policy${index}`).join(", ")}]);`,
  ].join("\n");
}

async function write(name: string, file: string, code: string): Promise<Built> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, code);
  return {
    name,
    file: path.relative(root, file),
    bytes: Buffer.byteLength(code),
    compressedBytes: gzipSync(code, { level: 9 }).length,
  };
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;

const line = ({ name, file, bytes, compressedBytes }: Built) =>
  `${name.padEnd(40)} ${kilobytes(bytes).padStart(8)}  compressed ${kilobytes(compressedBytes).padStart(7)}  ${file}\n`;
