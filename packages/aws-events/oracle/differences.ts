/**
 * Where this library answers differently from event-ruler 2.1.0, on purpose. Every other difference is a fault of ours.
 *
 * 1. The service refuses more than event-ruler: over-complex wildcards, numbers beyond ±5e9 in `numeric`, more than
 *    1,000 combinations of `$or`.
 * 2. Empty lists inside `anything-but` with an operator: event-ruler accepts them and then fails or never matches.
 * 3. Text after the pattern or the event: event-ruler doesn't look.
 * 4. Conditions that event-ruler builds on the state of a wildcard before them: see `reusesWildcardState`.
 * 5. Alternatives that event-ruler takes for added already: see `losesAlternatives`.
 *
 * 4 and 5 are defects of event-ruler that depend on the order of conditions. AWS documents them as alternatives in no
 * order, and nobody outside AWS knows which rules, in which order, the service puts into one machine. So this library matches
 * as documented, and the tests don't compare the matches of such patterns.
 *
 * Further defects of event-ruler, which the generated cases don't cover: an `$or` of wildcards with characters beyond ASCII
 * beside other conditions on the same field; a number with more digits than a double holds beside an IP address in one
 * list; numbers of eight digits beside an IP address in one list that has these digits in hexadecimal; halves of surrogate
 * pairs; letters whose other case is newer than the Java runtime (Java 17 has those of Unicode 13).
 */
import type { Branch, Condition } from "../condition";
import { parseBranches } from "../parse";

export const intendedRefusals =
  /Rule is too complex|Value must be between -5\.0E9|more than 1000 combinations|Empty arrays are not allowed/;

/** Do this library's matches of the (valid) pattern differ from event-ruler's on purpose? */
export function intendedMatches(patternText: string): boolean {
  const branches = parseBranches(patternText);
  return reusesWildcardState(branches) || losesAlternatives(branches);
}

/**
 * event-ruler keeps all conditions on a field in one automaton, where a wildcard's `*` is a state that every byte leads to.
 * A condition that is added later must not build on that state. event-ruler sees to it (`ByteMachine.canReuseNextByteState`),
 * but only at the first byte of a character: not at a letter with two cases, and not at the last byte of a
 * character beyond ASCII, at which a suffix starts, as it is read backwards. From there on the condition accepts any bytes:
 * `[{"wildcard":"*.*"},{"equals-ignore-case":"a"}]` matches every text, the reverse list only the right ones.
 */
function reusesWildcardState(branches: readonly Branch[]): boolean {
  const byPath = new Map<string, Condition[]>();
  for (const branch of branches) {
    for (const [path, { conditions }] of branch) {
      const simple = conditions.flatMap((condition) => (condition.op === "not" ? condition.of : condition));
      byPath.set(path, [...(byPath.get(path) ?? []), ...simple]);
    }
  }
  return [...byPath.values()].some((conditions) =>
    conditions.some((later, at) =>
      conditions
        .slice(0, at)
        .some((earlier) => earlier.op === "wildcard" && reachesAsterisk(later, earlier.pieces)),
    ),
  );
}

/** Does the condition agree with the wildcard up to the first `*`, and go on with what event-ruler doesn't check? */
function reachesAsterisk(condition: Condition, pieces: readonly string[]): boolean {
  if (pieces.length < 2) return false;
  const head = pieces[0] ?? "";
  const cases = casesInReadingOrder(condition);
  const next = cases[head.length];
  // A letter with two cases doesn't follow the wildcard, which has one of them.
  if (!next || ![...head].every((unit, at) => cases[at]?.every((spelling) => spelling === unit)))
    return false;
  const hasTwoCases = next[0] !== next[1];
  const isLast = head.length === cases.length - 1;
  switch (condition.op) {
    case "ignore-case":
      return hasTwoCases;
    case "prefix-ignore-case":
      return hasTwoCases && !isLast;
    case "suffix-ignore-case":
      return hasTwoCases ? !isLast : isBeyondAscii(next[0]);
    default:
      return isBeyondAscii(next[0]);
  }
}

/** Lower and upper case of each character, in the order in which event-ruler reads them; of other conditions nothing. */
function casesInReadingOrder(condition: Condition): readonly (readonly [string, string])[] {
  switch (condition.op) {
    case "ignore-case":
    case "prefix-ignore-case":
      return condition.value;
    case "suffix-ignore-case":
      return condition.value.toReversed();
    case "suffix":
      return [...condition.value].reverse().map((character) => [character, character]);
    default:
      return [];
  }
}

function isBeyondAscii(character: string): boolean {
  return character > "\u007f";
}

/**
 * event-ruler adds the alternatives of an `$or` one by one, and takes one for added already when an earlier one has the
 * same fields and shares a condition on each (`GenericMachine.addStep`). Its other conditions are lost:
 * `{"$or":[{"a":[1]},{"a":[1,2]}]}` doesn't match 2.
 */
function losesAlternatives(branches: readonly Branch[]): boolean {
  return branches.some((later, at) =>
    branches.slice(0, at).some((earlier) => sharesEveryField(earlier, later)),
  );
}

function sharesEveryField(a: Branch, b: Branch): boolean {
  return (
    a.size === b.size &&
    [...a].every(([path, { conditions }]) => {
      const others = new Set(b.get(path)?.conditions.map(textOf));
      return conditions.some((condition) => others.has(textOf(condition)));
    })
  );
}

function textOf(condition: Condition): string {
  return JSON.stringify(condition, (key, value: unknown) => {
    // `1` and `1.0` are one condition.
    if (key === "text" && condition.op === "number" && condition.value !== undefined) return undefined;
    return value instanceof Set ? [...value].sort() : value;
  });
}
