/**
 * Finds the sides of a control in its folder by their file names. Each is loaded only when it is needed: a caller that only needs
 * the data of the controls loads no SDK.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CatalogueEntry } from "./control";
import type { Drill } from "./drill/drill";
import type { MessageCases } from "./message-cases";
import type { Prevention } from "./prevention";
import type { Remediation } from "./remediation";
import type { Siblings } from "./siblings";

interface Sides {
  control: CatalogueEntry;
  remediate: Remediation<unknown>;
  prevent: Prevention;
  drill: Drill<unknown>;
  "message.cases": MessageCases;
  siblings: Siblings;
}

/** The files of a side, without `.ts`. */
type Side = keyof Sides;

/** What the file of each side must export. */
const EXPORTS: Readonly<Record<Side, { name: string; type: string }>> = {
  control: { name: "control", type: "Control" },
  remediate: { name: "remediation", type: "Remediation" },
  prevent: { name: "prevention", type: "Prevention" },
  drill: { name: "drill", type: "Drill" },
  "message.cases": { name: "cases", type: "MessageCases" },
  siblings: { name: "siblings", type: "Siblings" },
};

const CONTROLS = join(__dirname, "..");

/** Whether the folder of the control with this id has the side. */
export function hasSide(id: string, side: Side, folder = CONTROLS): boolean {
  return existsSync(join(folder, id, `${side}.ts`));
}

/** @returns undefined when the control's folder has no such file. @throws TypeError when the file doesn't export the side. */
export function loadSide<S extends Side>(id: string, side: S, folder = CONTROLS): Sides[S] | undefined {
  if (!hasSide(id, side, folder)) return undefined;
  const { name, type } = EXPORTS[side];
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the list of controls gives the path
  const exported = (require(join(folder, id, side)) as Record<string, Sides[S] | undefined>)[name];
  if (exported === undefined)
    throw new TypeError(
      `controls/${id}/${side}.ts exports no \`${name}\`. Write in it: export const ${name}: ${type} = …`,
    );
  return exported;
}

/** The data of the control in the folder with this name. @throws TypeError when there is none, or one with another id. */
export function loadControl(id: string, folder = CONTROLS): CatalogueEntry {
  const control = loadSide(id, "control", folder);
  if (!control)
    throw new TypeError(
      `controls/index.ts lists ${id}, but there is no controls/${id}/control.ts. Write it, or remove the id from the list.`,
    );
  if (control.id !== id)
    throw new TypeError(
      `controls/${id}/control.ts has the id ${control.id}. Write id: "${id}", since a control's id is the name of its folder.`,
    );
  return control;
}
