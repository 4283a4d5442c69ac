/** What an undo works with. */
import type { ControlFunctionSettings } from "../../contract/control-settings";
import type { ControlRuntime } from "../control/work";

/** A control, its remediation, and the parts of its settings that an undo needs. */
export interface UndoRuntime extends Pick<
  ControlRuntime,
  "control" | "remediation" | "sts" | "ledger" | "clock" | "sleep"
> {
  settings: Pick<
    ControlFunctionSettings,
    "mode" | "accountModes" | "parameters" | "partition" | "busName" | "roleName"
  >;
}
