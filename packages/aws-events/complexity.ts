/**
 * The service's limit on wildcards. event-ruler measures how many wildcard prefixes one value can match at the same time. It
 * refuses none, but the service refuses rules in which there are more than ten.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
 */
import type { Branch, Condition } from "./condition";

/** AWS gives no figure. Refusals and acceptances that people reported lie on either side of this one. */
const MAX_COMPLEXITY = 10;
const star = -1;

/** The wildcards of one condition: `wildcard` has one, `anything-but` may have several. */
type Wildcards = readonly string[];

/** Calls `refuse` with the field's path when the pattern is too complex for the service. */
export function refuseTooComplex(branches: readonly Branch[], refuse: (path: string) => never): void {
  if (
    !branches.some((branch) =>
      [...branch.values()].some(({ conditions }) => wildcardsOf(conditions).length > 0),
    )
  )
    return;
  // Branches of an `$or` share the state for a field if they agree in all fields before it (in the order of names).
  const shared = new Map<string, { path: string; wildcards: Map<string, Wildcards> }>();
  for (const branch of branches) {
    let route = "";
    for (const path of [...branch.keys()].sort()) {
      const list = branch.get(path)?.conditions ?? [];
      route += JSON.stringify(path);
      const state = shared.get(route) ?? { path, wildcards: new Map<string, Wildcards>() };
      shared.set(route, state);
      for (const wildcards of wildcardsOf(list)) state.wildcards.set(wildcards.join("\n"), wildcards);
      route += JSON.stringify(list, (_key, value: unknown) => (value instanceof Set ? [...value] : value));
    }
  }
  for (const { path, wildcards } of shared.values()) {
    if (wildcardComplexity([...wildcards.values()], MAX_COMPLEXITY + 1) > MAX_COMPLEXITY) refuse(path);
  }
}

function wildcardsOf(list: readonly Condition[]): Wildcards[] {
  return list.flatMap((condition): Wildcards[] => {
    if (condition.op === "wildcard") return [[condition.text]];
    if (condition.op !== "not") return [];
    const texts = condition.of.flatMap((inner) => (inner.op === "wildcard" ? [inner.text] : []));
    return texts.length > 0 ? [[...new Set(texts)].sort()] : [];
  });
}

interface State {
  owners: Set<number>;
  /** Where a byte leads; `star` for any byte. */
  next: Map<number, Set<number>>;
  /** The state of the asterisk that follows: what matches `a` matches `a*` too. */
  starAfter?: number;
}

/** The largest number of wildcard prefixes that one value can match at once. Stops counting at `enough`. */
export function wildcardComplexity(
  conditions: readonly Wildcards[],
  enough = Number.POSITIVE_INFINITY,
): number {
  const states = buildAutomaton(conditions);
  const alphabet = new Set(states.flatMap(({ next }) => [...next.keys()]));
  alphabet.add(star);
  const waiting: number[][] = [[0]];
  const seen = new Set<string>();
  let most = 0;
  for (let active = waiting.pop(); active; active = waiting.pop()) {
    for (const byte of alphabet) {
      const reached = new Set<number>();
      for (const id of active) {
        states[id]?.next.get(star)?.forEach((to) => reached.add(to));
        if (byte !== star) states[id]?.next.get(byte)?.forEach((to) => reached.add(to));
      }
      let complexity = 0;
      for (const id of reached) {
        complexity += states[id]?.owners.size ?? 0;
        const after = states[id]?.starAfter;
        if (after !== undefined && !reached.has(after)) complexity += states[after]?.owners.size ?? 0;
      }
      most = Math.max(most, complexity);
      if (most >= enough) return most;
      const key = [...reached].sort((a, b) => a - b).join();
      if (reached.size > 0 && !seen.has(key)) {
        seen.add(key);
        waiting.push([...reached]);
      }
    }
  }
  return most;
}

/** One automaton for all wildcards. They share what precedes the first asterisk, as in event-ruler. */
function buildAutomaton(conditions: readonly Wildcards[]): State[] {
  const states: State[] = [{ owners: new Set(), next: new Map() }];
  const byName = new Map<string, number>();
  const state = (name: string, owner: number): number => {
    const id = byName.get(name) ?? states.push({ owners: new Set(), next: new Map() }) - 1;
    byName.set(name, id);
    states[id]?.owners.add(owner);
    return id;
  };
  const link = (from: number, byte: number, to: number): void => {
    const next = states[from]?.next;
    next?.set(byte, (next.get(byte) ?? new Set()).add(to));
  };
  conditions.forEach((wildcards, owner) => {
    for (const wildcard of wildcards) {
      const tokens = tokensOf(wildcard);
      let current = 0;
      let before = 0;
      let name = "";
      tokens.forEach((token, i) => {
        const own = name.includes("*");
        name += token === star ? (own ? "+" : "*") : `.${token}`;
        const last = i === tokens.length - 1;
        const id = state(last ? `end ${owner}` : own ? `${owner} ${wildcard} ${name}` : name, owner);
        if (token === star) {
          link(current, star, id);
          link(id, star, id);
          (states[current] as State).starAfter = id;
        } else {
          link(current, token, id);
          if (tokens[i - 1] === star) link(before, token, id);
        }
        before = current;
        current = id;
      });
    }
  });
  return states;
}

/** The bytes of the value with its quotes. */
function tokensOf(wildcard: string): number[] {
  const quote = 0x22;
  const tokens = [quote];
  const bytes = Buffer.from(wildcard);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x2a) tokens.push(star);
    else if (byte === 0x5c) tokens.push(bytes[++i] ?? 0);
    else tokens.push(byte);
  }
  return [...tokens, quote];
}
