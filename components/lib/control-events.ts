/** The events that a control receives, from the accounts that forward them and by its rules on the hub bus. */
import type { EventPattern } from "@bailiwick/aws-events";
import type { RemediationSettings } from "../../config";
import { controlName, exemptionTagKey, taggingRuleName, WITH_READS } from "../../contract/names";
import type { CatalogueEntry } from "../../controls/lib/control";

type TagSettings = Pick<RemediationSettings, "exemptionTaggers">;

/** A rule of a control. */
interface ControlRule {
  name: string;
  /** Distinguishes the control's rules: empty for the one of the control's own events. */
  suffix: "" | "-tags";
  pattern: EventPattern;
  state: string;
}

/** The control's own events, and changes of the exempting tag unless tags exempt nothing. */
export function controlRules(control: CatalogueEntry, settings: TagSettings): ControlRule[] {
  const tagging = settings.exemptionTaggers.length === 0 ? undefined : control.tagging;
  const events: ControlRule = {
    name: controlName(control.id),
    suffix: "",
    pattern: control.pattern,
    state: control.readOnlyEvents ? WITH_READS : "ENABLED",
  };
  if (tagging === undefined) return [events];
  const pattern = tagging.pattern(exemptionTagKey(control.id));
  return [events, { name: taggingRuleName(control.id), suffix: "-tags", pattern, state: "ENABLED" }];
}
