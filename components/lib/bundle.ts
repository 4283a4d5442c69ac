/**
 * Bundles a function into one file: the control's data and remediation, the runtime, and only those parts of the SDK that they use. A
 * function with the SDK in its bundle starts twice as fast as with the one that Lambda provides.
 */
import { build } from "esbuild";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { controlById } from "../../controls";
import type { CatalogueEntry } from "../../controls/lib/control";
import { hasSide } from "../../controls/lib/sides";
import type { Watch } from "../../controls/lib/watch";

/** A function's code: an ECMAScript module, to be named `index.mjs`, that exports `handler`. */
export type Bundle = Promise<string>;

const PROJECT = join(__dirname, "..", "..");
/** Not in version control: the sources produce it at any time. */
const FILES = join(PROJECT, "out", "functions");
const bundles = new Map<string, Bundle>();

/** Bundles the function of a control, once per process. @throws RangeError for an unknown id */
export function bundleControl(id: string): Bundle {
  return bundleOnce(id, controlSource(controlById(id)));
}

/** Bundles the function of a watch, which has no folder: the code contains its data. */
export function bundleWatch(watch: Watch): Bundle {
  return bundleOnce(`watch ${JSON.stringify(watch)}`, [
    `import { watchControl } from "./controls/lib/watch";`,
    `import { createHandler } from "./functions/control/handler";`,
    `export const handler = createHandler(watchControl(${JSON.stringify(watch)}));`,
  ]);
}

/** Bundles the function of undos, with the remediations of these controls. */
export function bundleUndo(ids: readonly string[]): Bundle {
  return bundleOnce(`undo ${ids.join(" ")}`, [
    ...ids.flatMap((id, index) => [
      `import { control as control${index} } from "./controls/${id}/control";`,
      `import { remediation as remediation${index} } from "./controls/${id}/remediate";`,
    ]),
    `import { createUndoHandler } from "./functions/undo/handler";`,
    `export const handler = createUndoHandler([${ids
      .map((_, index) => `{ control: control${index}, remediation: remediation${index} }`)
      .join(", ")}]);`,
  ]);
}

/** Bundles the notifier, which reads `settings.json` beside it. */
export function bundleNotifier(): Bundle {
  return bundleOnce("notifier", [
    `import { createHandler } from "./functions/notifier/handler";`,
    `import { readNotifierSettings } from "./contract/notifier-settings";`,
    `import { settingsText } from "./contract/settings";`,
    "export const handler = createHandler(readNotifierSettings(settingsText(process.env)));",
  ]);
}

/**
 * The bundle as a file, for a FileAsset: a stack's state contains only its hash and path, where a StringAsset would put the whole text
 * into both inputs and outputs.
 *
 * The file is named after its content's hash, so that concurrent deployments from one folder, of other stacks or after a change, never
 * write to a file that another one reads, and the same sources give the same path. For the same reason old files aren't removed.
 *
 * @returns the path relative to the program's working directory, as Pulumi resolves it, with `/`: the same on every machine.
 * https://www.pulumi.com/docs/iac/concepts/assets-archives/
 */
export async function bundleFile(bundle: Bundle): Promise<string> {
  const code = await bundle;
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const file = join(FILES, `${hash}.mjs`);
  // A file that was edited, or cut off by a power failure, doesn't have the content that its name states.
  if ((await contentOf(file)) !== code) await writeAtomically(file, code);
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

/** Writes the file at once: a concurrent reader sees the whole file or none. */
async function writeAtomically(file: string, content: string): Promise<void> {
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
  const existing = bundles.get(key);
  if (existing) return existing;
  const bundle = bundleInBatch(contents.join("\n"));
  bundles.set(key, bundle);
  return bundle;
}

/** The sources requested until the next turn of the event loop: the whole catalogue, when the program registers its functions. */
let batch: { sources: string[]; built: Promise<string[]> } | undefined;

/** Most of the time goes into parsing the SDK, which one build does once for all its sources. */
function bundleInBatch(source: string): Bundle {
  if (!batch) {
    const sources: string[] = [];
    const built = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      batch = undefined;
      return buildAll(sources);
    });
    batch = { sources, built };
  }
  const number = batch.sources.push(source) - 1;
  return batch.built.then((codes) => codes[number] ?? "");
}

function controlSource({ id }: CatalogueEntry): string[] {
  const remediates = hasSide(id, "remediate");
  return [
    `import { control } from "./controls/${id}/control";`,
    ...(remediates ? [`import { remediation } from "./controls/${id}/remediate";`] : []),
    `import { createHandler } from "./functions/control/handler";`,
    `export const handler = createHandler(control${remediates ? ", remediation" : ""});`,
  ];
}

/** @returns the code of each source: the same for the same source, on every machine and in every batch. */
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
    // Independent of the compiler options with which the project is checked.
    tsconfigRaw: {},
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // ES modules where a package has both, so that unused parts are dropped.
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    write: false,
    logLevel: "silent",
  });
  const codes = new Map(outputFiles.map(({ path, text }) => [basename(path, ".js"), text]));
  return sources.map((_, number) => codes.get(String(number)) ?? "");
}
