/**
 * Bundles the function of a control: the control's data and remediation, the runtime, and of the SDK just what they use, in one
 * file. With the SDK inside, a function starts twice as fast as with the one Lambda brings.
 */
import { buildSync } from "esbuild";
import { join } from "node:path";
import { controlById } from "../controls";
import type { CatalogueEntry } from "../controls/control";
import type { Watch } from "../controls/watch";

/** A function's code. */
export interface Bundle {
  /** An ECMAScript module, to be named `index.mjs`, that exports `handler`. The same sources give the same text on every machine. */
  code: string;
}

const PROJECT = join(__dirname, "..");
const bundles = new Map<string, Bundle>();

/** Bundles the function of the control with this id; throws for an unknown id. Synchronous, and made once a process. */
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
  const bundle = { code: build(contents) };
  bundles.set(key, bundle);
  return bundle;
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

function build(contents: string[]): string {
  const result = buildSync({
    stdin: {
      contents: contents.join("\n"),
      resolveDir: PROJECT,
      sourcefile: "index.ts",
      loader: "ts",
    },
    absWorkingDir: PROJECT,
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
  return result.outputFiles[0]?.text ?? "";
}
