/** The pack's policies: one a control, named by its id. Apart from index.ts, because a process may hold one PolicyPack only. */
import type { Policies } from "@pulumi/policy";
import { preventions } from "../controls/prevention";

export const packName = "bailiwick";

export const policies: Policies = [...preventions];
