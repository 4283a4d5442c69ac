/** Why no rule matched: the rule that came nearest, and by what it missed. */
import { matches, parsePattern, patternText, type EventPattern } from "../../events";
import type { DeployedRule } from "./services";
import { withheld } from "./state";
import type { EventBridgeEvent } from "../../events/record";

/** One condition of a pattern: a field with its alternatives, or a whole `$or`. */
interface Part {
  path: string;
  pattern: EventPattern;
  wants: string;
}

/** A sentence about the nearest rule, for the trace. */
export function nearestMiss(rules: readonly DeployedRule[], event: EventBridgeEvent): string {
  const asked = rules.filter((rule) => rule.pattern !== undefined);
  if (asked.length === 0)
    return rules.length === 0 ? "The bus has no rules." : "The bus has only scheduled rules.";
  const text = JSON.stringify(event);
  const misses = asked.map((rule) => {
    const parts = partsOf(parsePattern(rule.pattern ?? "{}"));
    const missed = parts.filter((part) => !matches(patternText(part.pattern), text));
    return { rule, missed, met: parts.length - missed.length };
  });
  misses.sort((one, other) => one.missed.length - other.missed.length || other.met - one.met);
  const [nearest] = misses;
  if (!nearest) return "";
  const state = withheld(nearest.rule.state, event);
  if (nearest.missed.length === 0)
    return `The pattern of rule ${nearest.rule.name} matches, but ${state ?? "not as a whole"}.`;
  const differences = nearest.missed.map(
    ({ path, wants }) => `${path} is ${found(event, path)}, wanted ${wants}`,
  );
  return `Nearest was rule ${nearest.rule.name}, but for ${differences.join("; ")}.`;
}

function partsOf(pattern: object, path: string[] = []): Part[] {
  return Object.entries(pattern).flatMap(([field, wanted]: [string, unknown]) => {
    const here = [...path, field];
    if (field !== "$or" && typeof wanted === "object" && wanted !== null && !Array.isArray(wanted))
      return partsOf(wanted, here);
    const part = here.reduceRight<unknown>((inner, step) => ({ [step]: inner }), wanted) as EventPattern;
    return [{ path: here.join("."), pattern: part, wants: short(wanted) }];
  });
}

function found(event: EventBridgeEvent, path: string): string {
  let value: unknown = event;
  for (const step of path.split(".")) {
    if (step === "$or") return "otherwise";
    if (typeof value !== "object" || value === null || !(step in value)) return "absent";
    value = (value as Record<string, unknown>)[step];
  }
  return short(value);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
