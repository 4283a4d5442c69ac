/** The controls that a stack may name. */
import { controls } from "../controls";

const ids = controls.map(({ id }) => id);

export const isControl = (id: string): boolean => ids.includes(id);

/** What a fault expects of an id, with an example. */
export const aControl = { expected: `one of ${ids.join(", ")}`, example: ids[0] ?? "" };
