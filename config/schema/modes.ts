/** Which controls are on, how, and where. */
import * as v from "valibot";
import { example } from "./metadata";
import { unitPath } from "./organization";
import { accountId } from "./values";

const mode = v.pipe(v.picklist(["off", "notify", "enforce"], "off, notify or enforce"), example("notify"));

const controlSettings = v.strictObject(
  {
    mode: v.optional(v.pipe(mode, v.description("Overrides `defaultMode` for this control."))),
    organizationalUnits: v.optional(
      v.pipe(
        v.record(unitPath, mode, "organizational units with a mode"),
        v.description(
          "Modes of the members in an organizational unit and those below it; the nearest counts, and an account's own mode before it.",
        ),
        example("{ workloads/sandbox: notify }"),
      ),
    ),
    accounts: v.optional(
      v.pipe(
        v.record(accountId, mode, "account ids with a mode"),
        v.description("Modes of single accounts, by account id."),
        example('{ "333333333333": notify }'),
      ),
      {},
    ),
    parameters: v.optional(
      v.pipe(v.record(v.string(), v.unknown()), v.description("The control's own parameters: see its page.")),
    ),
  },
  "a control's settings",
);

export const modes = {
  defaultMode: v.optional(
    v.pipe(mode, v.description("The mode of every control that has none of its own.")),
    "notify",
  ),
  controls: v.optional(
    v.pipe(
      v.record(v.string(), controlSettings, "control ids with their settings"),
      v.description("Settings of single controls, by id."),
      example("{ s3-bucket-policy-not-public: { mode: enforce } }"),
    ),
    {},
  ),
};
