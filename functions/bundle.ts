/**
 * Bundles the function of a control: the control's data and remediation, the runtime, and of the SDK just what they use, in one
 * file. With the SDK inside, a function starts twice as fast as with the one Lambda brings.
 */
import { build } from "esbuild";
import { basename, join } from "node:path";
import { controlById } from "../controls";
import type { CatalogueEntry } from "../controls/control";
import type { Watch } from "../controls/watch";

/** A function's code: an ECMAScript module, to be named `index.mjs`, that exports `handler`. */
export type Bundle = Promise<string>;

const PROJECT = join(__dirname, "..");
const bundles = new Map<string, Bundle>();

/** Bundles the function of the control with this id, once a process; throws for an unknown id. */
export function bundleControl(id: string): Bundle {
  return bundleOnce(id, controlSource(controlById(id)));
}

/** Bundles the function of a watch, which has no folder: its data stand in the code. */
export function bundleWatch(watch: Watch): Bundle {
  return bundleOnce(`watch ${JSON.stringify(watch)}`, [
    `import { watchControl } from "./controls/watch";`,
    `import { createHandler } from "./functions/control/handler";`,
    `export const handler = createHandler(watchControl(${JSON.stringify(watch)}));`,
  ]);
}

/** Bundles the notifier, which reads `settings.json` beside it. */
export function bundleNotifier(): Bundle {
  return bundleOnce("notifier", [
    `import { createHandler } from "./functions/notifier/handler";`,
    `import { readSettings } from "./functions/notifier/settings";`,
    "export const handler = createHandler(readSettings(import.meta.url));",
  ]);
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
  const tellsOnly = "describe" in control;
  return [
    `import { control } from "./controls/${id}/control";`,
    ...(tellsOnly ? [] : [`import { remediation } from "./controls/${id}/remediate";`]),
    `import { createHandler } from "./functions/control/handler";`,
    `export const handler = createHandler(control${tellsOnly ? "" : ", remediation"});`,
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
