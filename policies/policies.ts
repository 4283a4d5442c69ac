/** The pack's policies: that of each control that has one, named by its id. */
import { controls, findPrevention } from "../controls";
import type { Prevention } from "../controls/lib/prevention";

export const policies: Prevention[] = controls.flatMap(({ id }) => findPrevention(id) ?? []);
