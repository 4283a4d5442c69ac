/**
 * Bundles the function of a control: the control's data and remediation, the runtime, and of the SDK just what they use, in one
 * file. With the SDK inside, a function starts twice as fast as with the one Lambda brings.
 */
import { build } from "esbuild";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { controlById } from "../../controls";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { Watch } from "../../controls/lib/watch";

/** A function's code: an ECMAScript module, to be named `index.mjs`, that exports `handler`. */
export type Bundle = Promise<string>;

const PROJECT = join(__dirname, "..", "..");
/** Not in version control: made of the sources, at any time again. */
const FILES = join(PROJECT, "out", "functions");
const bundles = new Map<string, Bundle>();

/** Bundles the function of the control with this id, once a process; throws for an unknown id. */
export function bundleControl(id: string): Bundle {
  return bundleOnce(id, controlSource(controlById(id)));
}

/** Bundles the function of a watch, which has no folder: its data stand in the code. */
export function bundleWatch(watch: Watch): Bundle {
  return bundleOnce(`watch ${JSON.stringify(watch)}`, [
    `import { watchControl } from "./controls/lib/watch";`,
    `import { createHandler } from "./functions/control/handler";`,
    `export const handler = createHandler(watchControl(${JSON.stringify(watch)}));`,
  ]);
}

/** Bundles the notifier, which reads `settings.json` beside it. */
export function bundleNotifier(): Bundle {
  return bundleOnce("notifier", [
    `import { createHandler } from "./functions/notifier/handler";`,
    `import { readSettings } from "./contract/notifier-settings";`,
    "export const handler = createHandler(readSettings(import.meta.url));",
  ]);
}

/**
 * The bundle as a file, for a FileAsset: of that, a stack's state holds the hash and the path, where a StringAsset leaves its whole
 * text there, among inputs and outputs both.
 *
 * The file is called by its content's hash: deployments that run at once from one folder, of other stacks or after a change, never
 * write into what another one reads, and the same sources give the same path. Hence nothing removes old files here, either.
 *
 * @returns the path relative to the folder that the program runs in, as Pulumi resolves it, with `/`: the same on every machine.
 * https://www.pulumi.com/docs/iac/concepts/assets-archives/
 */
export async function fileOf(bundle: Bundle): Promise<string> {
  const code = await bundle;
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const file = join(FILES, `${hash}.mjs`);
  // What was changed by hand, or cut off with the machine's power, is not what its name says.
  if ((await contentOf(file)) !== code) await writeWhole(file, code);
  return relative(process.cwd(), file).split(sep).join("/");
}

/** @returns undefined when there is no such file. */
async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whoever reads the file meanwhile sees all of it or, before, none. */
async function writeWhole(file: string, content: string): Promise<void> {
  await mkdir(FILES, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function bundleOnce(key: string, contents: string[]): Bundle {
  const known = bundles.get(key);
  if (known) return known;
  const bundle = together(contents.join("\n"));
  bundles.set(key, bundle);
  return bundle;
}

/** What is asked for until the next turn of the event loop: the whole catalogue, when the program registers its functions. */
let asked: { sources: string[]; built: Promise<string[]> } | undefined;

/** Most of a bundle is parsing the SDK, which all of one build share. */
function together(source: string): Bundle {
  if (!asked) {
    const sources: string[] = [];
    const built = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      asked = undefined;
      return buildAll(sources);
    });
    asked = { sources, built };
  }
  const number = asked.sources.push(source) - 1;
  return asked.built.then((codes) => codes[number] ?? "");
}

function controlSource(control: CatalogueEntry): string[] {
  const { id } = control;
  const reportsOnly = "describe" in control;
  return [
    `import { control } from "./controls/${id}/control";`,
    ...(reportsOnly ? [] : [`import { remediation } from "./controls/${id}/remediate";`]),
    `import { createHandler } from "./functions/control/handler";`,
    `export const handler = createHandler(control${reportsOnly ? "" : ", remediation"});`,
  ];
}

/** @returns the code of each source. The same sources give the same code on every machine, and whatever is built beside them. */
async function buildAll(sources: readonly string[]): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: sources.map((_, number) => ({ in: `source:${number}`, out: String(number) })),
    outdir: PROJECT,
    absWorkingDir: PROJECT,
    plugins: [
      {
        name: "sources",
        setup(plugin) {
          plugin.onResolve({ filter: /^source:\d+$/ }, ({ path }) => ({
            path: path.slice("source:".length),
            namespace: "source",
          }));
          plugin.onLoad({ filter: /.*/, namespace: "source" }, ({ path }) => ({
            contents: sources[Number(path)] ?? "",
            resolveDir: PROJECT,
            loader: "ts",
          }));
        },
      },
    ],
    // Independent of the compiler options that the project is checked with.
    tsconfigRaw: {},
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // ES modules where a package has both: unused parts fall away.
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    write: false,
    logLevel: "silent",
  });
  const codes = new Map(outputFiles.map(({ path, text }) => [basename(path, ".js"), text]));
  return sources.map((_, number) => codes.get(String(number)) ?? "");
}
