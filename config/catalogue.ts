/** The controls that a stack may name. */
import { controls } from "../controls";

const ids = controls.map(({ id }) => id);

export const isControl = (id: string): boolean => ids.includes(id);

/** What a fault expects of an id. */
export const oneOfTheControls = `one of ${ids.join(", ")}`;
