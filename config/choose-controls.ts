/** Which controls are on, in which mode in which account, and with which parameters. */
import * as v from "valibot";
import { controls } from "../controls";
import type { CatalogueEntry, Mode } from "../controls/lib/control";
import { watchControl, type Watch } from "../controls/lib/watch";
import { aControl, isControl } from "./control-ids";
import { NAMESPACE, type Fault } from "./configuration-error";
import { faultOf } from "./schema-errors";
import type { Configuration } from "./schema";
import type { ControlSettings } from "./settings";

/**
 * @param faults unknown ids, units without members and bad parameters are added.
 * @returns the catalogue's controls that are on, and the watches.
 */
export function chooseControls(
  { controls: given, defaultMode, members, watches }: Configuration,
  faults: Fault[],
): ControlSettings[] {
  for (const id of Object.keys(given)) {
    if (!isControl(id))
      faults.push({
        path: `${NAMESPACE}:controls.${id}`,
        found: "an unknown control",
        ...aControl,
      });
  }
  const on = controls.flatMap((control): ControlSettings[] => {
    const own = given[control.id];
    const chosen = own?.mode ?? defaultMode;
    const accountModes = {
      ...modesByUnit(control.id, own?.organizationalUnits ?? {}, members, faults),
      ...own?.accounts,
    };
    const parameters = readParameters(control, own?.parameters, faults);
    if (chosen === "off" && Object.values(accountModes).every((each) => each === "off")) return [];
    if (chosen === "off") {
      faults.push({
        path: `${NAMESPACE}:controls.${control.id}.mode`,
        found: '"off" with accounts that are on',
        expected: "notify or enforce, with the other accounts off",
        example: "notify",
      });
      return [];
    }
    return [{ control, mode: chosen, accountModes, parameters }];
  });
  return [...on, ...watches.map(watchSettings)];
}

const watchSettings = (watch: Watch): ControlSettings => ({
  control: watchControl(watch),
  mode: "notify",
  accountModes: {},
  parameters: {},
  watch,
});

/** The modes of the accounts that are in a unit which has one of its own, or in a unit below it: the nearest counts. */
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
      expected: "one that stands at a member's organizationalUnit, or above it",
      example: "workloads/prod",
      given: ["members"],
    });
  }
  const modes: Record<string, Mode> = {};
  for (const { id, organizationalUnit: path } of members) {
    const nearest = Object.keys(units)
      .filter((unit) => path !== undefined && isIn(unit, path))
      .sort((a, b) => b.length - a.length)[0];
    const found = nearest === undefined ? undefined : units[nearest];
    if (found !== undefined) modes[id] = found;
  }
  return modes;
}

function readParameters(control: CatalogueEntry, given: unknown, faults: Fault[]): unknown {
  const path = `${NAMESPACE}:controls.${control.id}.parameters`;
  if (control.parameters === undefined) {
    if (given !== undefined)
      faults.push({
        path,
        found: JSON.stringify(given),
        expected: "nothing: this control has no parameters",
        example: "{}",
      });
    return {};
  }
  const result = v.safeParse(control.parameters, given ?? {});
  if (result.success) return result.output;
  const schema = control.parameters;
  for (const issue of result.issues)
    faults.push(faultOf(issue, schema, issue.path === undefined ? path : `${path}.`));
  return {};
}
