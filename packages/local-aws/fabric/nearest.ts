/** Why no rule matched: the rule that came nearest, and by what it missed. */
import { matches, parsePattern, patternText, type EventPattern } from "@bailiwick/aws-events";
import type { DeployedRule } from "./services";
import { withheld } from "./state";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";

/** A condition of a pattern that the event did not meet. */
interface Miss {
  path: string;
  wants: string;
}

interface Score {
  missed: Miss[];
  met: number;
}

/** A sentence about the nearest rule, for the trace. */
export function nearestMiss(rules: readonly DeployedRule[], event: EventBridgeEvent): string {
  const asked = rules.filter((rule) => rule.pattern !== undefined);
  if (asked.length === 0)
    return rules.length === 0 ? "The bus has no rules." : "The bus has only scheduled rules.";
  const text = JSON.stringify(event);
  const scores = asked.map((rule) => ({ rule, ...scoreOf(parsePattern(rule.pattern ?? "{}"), [], text) }));
  const [nearest] = scores.sort(byNearness);
  if (!nearest) return "";
  const state = withheld(nearest.rule.state, event);
  if (nearest.missed.length === 0)
    return `The pattern of rule ${nearest.rule.name} matches, but ${state ?? "not as a whole"}.`;
  const differences = nearest.missed.map(
    ({ path, wants }) => `${path} is ${found(event, path)}, wanted ${wants}`,
  );
  return `Nearest was rule ${nearest.rule.name}, but for ${differences.join("; ")}.`;
}

const byNearness = (one: Score, other: Score): number =>
  one.missed.length - other.missed.length || other.met - one.met;

/** Each field is a condition; of a `$or` the alternative counts that comes nearest. */
function scoreOf(pattern: object, path: string[], text: string): Score {
  const score: Score = { missed: [], met: 0 };
  for (const [field, wanted] of Object.entries(pattern) as [string, unknown][]) {
    const here = [...path, field];
    if (field === "$or" && Array.isArray(wanted)) {
      const [best] = (wanted as object[]).map((one) => scoreOf(one, path, text)).sort(byNearness);
      if (best) add(score, best);
    } else if (typeof wanted === "object" && wanted !== null && !Array.isArray(wanted)) {
      add(score, scoreOf(wanted, here, text));
    } else {
      const alone = here.reduceRight<unknown>((inner, step) => ({ [step]: inner }), wanted) as EventPattern;
      if (matches(patternText(alone), text)) score.met++;
      else score.missed.push({ path: here.join("."), wants: short(wanted) });
    }
  }
  return score;
}

function add(score: Score, more: Score): void {
  score.missed.push(...more.missed);
  score.met += more.met;
}

function found(event: EventBridgeEvent, path: string): string {
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
