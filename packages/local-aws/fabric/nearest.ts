/** Why no rule matched: the rule that came closest, and the conditions that the event did not meet. */
import { matches, parsePattern, patternText, type EventPattern } from "@bailiwick/aws-events";
import type { DeployedRule } from "./services";
import { reasonWithheld } from "./state";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";

/** A condition of a pattern that the event did not meet. */
interface UnmetCondition {
  path: string;
  wanted: string;
}

interface Score {
  unmet: UnmetCondition[];
  met: number;
}

/** A sentence about the closest rule, for the trace. */
export function nearestMiss(rules: readonly DeployedRule[], event: EventBridgeEvent): string {
  const patterned = rules.filter((rule) => rule.pattern !== undefined);
  if (patterned.length === 0)
    return rules.length === 0 ? "The bus has no rules." : "The bus has only scheduled rules.";
  const text = JSON.stringify(event);
  const scores = patterned.map((rule) => ({
    rule,
    ...scoreOf(parsePattern(rule.pattern ?? "{}"), [], text),
  }));
  const [nearest] = scores.sort(byNearness);
  if (!nearest) return "";
  const state = reasonWithheld(nearest.rule.state, event);
  if (nearest.unmet.length === 0)
    return `The pattern of rule ${nearest.rule.name} matches, but ${state ?? "not as a whole"}.`;
  const differences = nearest.unmet.map(
    ({ path, wanted }) => `${path} is ${valueAt(event, path)}, wanted ${wanted}`,
  );
  return `The closest rule is ${nearest.rule.name}, but ${differences.join("; ")}.`;
}

const byNearness = (left: Score, right: Score): number =>
  left.unmet.length - right.unmet.length || right.met - left.met;

/** Each field is a condition; the closest alternative of a `$or` counts. */
function scoreOf(pattern: object, path: string[], text: string): Score {
  const score: Score = { unmet: [], met: 0 };
  for (const [field, wanted] of Object.entries(pattern) as [string, unknown][]) {
    const here = [...path, field];
    if (field === "$or" && Array.isArray(wanted)) {
      const [best] = (wanted as object[])
        .map((alternative) => scoreOf(alternative, path, text))
        .sort(byNearness);
      if (best) add(score, best);
    } else if (typeof wanted === "object" && wanted !== null && !Array.isArray(wanted)) {
      add(score, scoreOf(wanted, here, text));
    } else {
      const alone = here.reduceRight<unknown>((inner, step) => ({ [step]: inner }), wanted) as EventPattern;
      if (matches(patternText(alone), text)) score.met++;
      else score.unmet.push({ path: here.join("."), wanted: short(wanted) });
    }
  }
  return score;
}

function add(score: Score, more: Score): void {
  score.unmet.push(...more.unmet);
  score.met += more.met;
}

function valueAt(event: EventBridgeEvent, path: string): string {
  let value: unknown = event;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !(step in value)) return "absent";
    value = (value as Record<string, unknown>)[step];
  }
  return short(value);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
