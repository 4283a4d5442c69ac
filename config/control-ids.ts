/** The controls that a stack may name, by their present ids. */
import { controls } from "../controls";
import type { Fault } from "./configuration-error";

const presentIds = controls.map(({ id }) => id);
const presentIdOf = new Map(
  controls.flatMap(({ id, formerIds = [] }) => formerIds.map((former): [string, string] => [former, id])),
);

/**
 * A former id is refused, and the fault states the present one. As an alias it could name a control a second time, and the tags that
 * exempt resources bear the present id in any case.
 *
 * @returns the fault of an id that names no control, else undefined.
 */
export function controlIdFault(path: string, id: string): Fault | undefined {
  if (presentIds.includes(id)) return undefined;
  const present = presentIdOf.get(id);
  return {
    path,
    found: JSON.stringify(id),
    expected:
      present === undefined
        ? `one of ${presentIds.join(", ")}`
        : `${present}, the present id of this control`,
    example: present ?? presentIds[0] ?? "",
  };
}
