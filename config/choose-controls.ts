/** Chooses which controls are on, in which mode in which account, and with which parameters. */
import * as v from "valibot";
import { controls as catalogue } from "../controls";
import type { CatalogueEntry, Mode } from "../controls/lib/control";
import { watchControl, type Watch } from "../controls/lib/watch";
import { controlIdFault } from "./control-ids";
import { NAMESPACE, type Fault } from "./configuration-error";
import { faultFromIssue } from "./schema-errors";
import type { Configuration } from "./schema";
import type { ControlSettings } from "./settings";

/** @returns the catalogue's controls that are on, then the watches; and what is wrong with how they are configured. */
export function chooseControls({ controls, defaultMode, members, watches }: Configuration): {
  controls: ControlSettings[];
  faults: Fault[];
} {
  const faults = Object.keys(controls).flatMap(
    (id) => controlIdFault(`${NAMESPACE}:controls.${id}`, id) ?? [],
  );
  const on = catalogue.flatMap((control): ControlSettings[] => {
    const own = controls[control.id];
    const mode = own?.mode ?? defaultMode;
    const accountModes = {
      ...modesByUnit(control.id, own?.organizationalUnits ?? {}, members, faults),
      ...own?.accounts,
    };
    const parameters = readParameters(control, own?.parameters, faults);
    if (mode !== "off") return [{ control, mode, accountModes, parameters }];
    if (Object.values(accountModes).some((accountMode) => accountMode !== "off"))
      faults.push({
        path: `${NAMESPACE}:controls.${control.id}.mode`,
        found: '"off" with accounts that are on',
        expected: "notify or enforce, with the other accounts off",
        example: "notify",
      });
    return [];
  });
  return { controls: [...on, ...watches.map(watchSettings)], faults };
}

const watchSettings = (watch: Watch): ControlSettings => ({
  control: watchControl(watch),
  mode: "notify",
  accountModes: {},
  parameters: {},
  watch,
});

/** The modes of the accounts that are in a unit with a mode of its own, or in a unit below it: the nearest unit counts. */
function modesByUnit(
  control: string,
  units: Record<string, Mode>,
  members: Configuration["members"],
  faults: Fault[],
): Record<string, Mode> {
  const isIn = (unit: string, path: string) => path === unit || path.startsWith(`${unit}/`);
  for (const unit of Object.keys(units)) {
    if (members.some(({ organizationalUnit }) => organizationalUnit && isIn(unit, organizationalUnit)))
      continue;
    faults.push({
      path: `${NAMESPACE}:controls.${control}.organizationalUnits.${unit}`,
      found: "an organizational unit that holds no member",
      expected: "the organizationalUnit of a member, or one above it",
      example: "workloads/prod",
      given: ["members"],
    });
  }
  const modes: Record<string, Mode> = {};
  for (const { id, organizationalUnit: path } of members) {
    const nearest = Object.keys(units)
      .filter((unit) => path !== undefined && isIn(unit, path))
      .sort((a, b) => b.length - a.length)[0];
    const mode = nearest === undefined ? undefined : units[nearest];
    if (mode !== undefined) modes[id] = mode;
  }
  return modes;
}

function readParameters(control: CatalogueEntry, values: unknown, faults: Fault[]): unknown {
  const path = `${NAMESPACE}:controls.${control.id}.parameters`;
  const schema = control.parameters;
  if (schema === undefined) {
    if (values !== undefined)
      faults.push({
        path,
        found: JSON.stringify(values),
        expected: "nothing: this control has no parameters",
        example: "{}",
      });
    return {};
  }
  const result = v.safeParse(schema, values ?? {});
  if (result.success) return result.output;
  for (const issue of result.issues)
    faults.push(faultFromIssue(issue, schema, issue.path === undefined ? path : `${path}.`));
  return {};
}
