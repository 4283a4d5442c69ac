/** The events that a control receives, from the accounts that forward them and by its rules on the hub bus. */
import { packPatterns, patternText, type EventPattern } from "@bailiwick/aws-events";
import type { RemediationSettings, Settings } from "../../config";
import {
  controlName,
  exemptionTagKey,
  PATH_CONTROL,
  taggingRuleName,
  WITH_READS,
} from "../../contract/names";
import { forwardedAlarms } from "../../contract/routes";
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

/**
 * The events that accounts forward: those of all enabled controls, and the alarm of the forwarding itself. Read-only management events
 * have rules of their own, because the state that lets a rule receive them lets it receive all that its pattern matches.
 */
export function forwardedPatterns({ controls, remediation }: Pick<Settings, "controls" | "remediation">): {
  patterns: string[];
  readPatterns: string[];
  /** The events of tampering with the path, which a second rule forwards; absent: that control is off. */
  guardPattern?: string;
} {
  const rules = controls.flatMap(({ control }) => controlRules(control, remediation));
  const [reads, others] = [true, false].map((withReads) =>
    rules.filter(({ state }) => (state === WITH_READS) === withReads).map(({ pattern }) => pattern),
  ) as [EventPattern[], EventPattern[]];
  const path = controls.find(({ control }) => control.id === PATH_CONTROL)?.control;
  return {
    patterns: packPatterns([...others, forwardedAlarms]).patterns,
    readPatterns: packPatterns(reads).patterns,
    ...(path && { guardPattern: patternText(path.pattern) }),
  };
}
