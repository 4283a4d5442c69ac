/** Which controls are on, in which mode, and where. */
import * as v from "valibot";
import { MODES } from "../../contract/choices";
import { example } from "./metadata";
import { unitPath } from "./organization";
import { accountId } from "./values";

const mode = v.pipe(v.picklist(MODES, "off, notify or enforce"), example("notify"));

const controlSettings = v.strictObject(
  {
    mode: v.optional(v.pipe(mode, v.description("Mode of this control. Default: `defaultMode`."))),
    organizationalUnits: v.optional(
      v.pipe(
        v.record(unitPath, mode, "organizational units with a mode"),
        v.description(
          "Modes of the member accounts in an organizational unit or below it, by path. The nearest unit counts; a mode in `accounts` takes precedence.",
        ),
        example("{ workloads/sandbox: notify }"),
      ),
    ),
    accounts: v.optional(
      v.pipe(
        v.record(accountId, mode, "account ids with a mode"),
        v.description("Modes of individual accounts, by account id."),
        example('{ "333333333333": notify }'),
      ),
      {},
    ),
    parameters: v.optional(
      v.pipe(
        v.record(v.string(), v.unknown()),
        v.description("Parameters of this control: see its section in the catalogue."),
      ),
    ),
  },
  "a control's settings",
);

export const modes = {
  defaultMode: v.optional(
    v.pipe(mode, v.description("Mode of every control that sets none of its own.")),
    "notify",
  ),
  controls: v.optional(
    v.pipe(
      v.record(v.string(), controlSettings, "control ids with their settings"),
      v.description("Settings of individual controls, by id."),
      example("{ s3-bucket-policy-not-public: { mode: enforce } }"),
    ),
    {},
  ),
};
