/**
 * Forwarding patterns: as few as possible that together let through every event that some given pattern matches.
 *
 * Each rule takes one of the bus's limited number of rules, and its pattern may have 2,048 characters
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). An event forwarded in vain only costs money, since
 * the receiver matches again. So patterns are joined exactly where that needs no more rules, and otherwise widened, but never
 * so far that an event is forwarded whose name no pattern names.
 */
import type { EventPattern } from "./pattern";
import { parseBranches, patternText, toData } from "./parse";

export interface PackOptions {
  /** Characters a pattern may have. Default 2048, the quota's default. */
  maxLength?: number;
}

export interface Packing {
  /** Texts for PutRule. */
  patterns: string[];
  /** What is forwarded beyond what the given patterns match, at worst. All zero: nothing. */
  overreach: {
    /** Combinations of the identifying fields (source, detail-type, event name) that are forwarded. */
    combinations: number;
    /** Those of them that no given pattern asks for. Most don't exist: no service has the event names of another. */
    unaskedCombinations: number;
    /** Fields whose conditions in a given pattern are not (fully) checked, with the number of alternatives that lose them. */
    uncheckedFields: Record<string, number>;
  };
}

/** The fields that say what an event is. Others only narrow it down. */
const IDENTIFYING_FIELDS = ["source", "detail-type", "detail.eventName"];

/** A conjunction: the texts of each field's alternatives. */
type Fields = ReadonlyMap<string, ReadonlySet<string>>;

interface Group {
  fields: Fields;
  /** The given alternatives that it covers. */
  members: readonly Fields[];
}

/**
 * Packs patterns for forwarding.
 * @throws EventPatternError when a pattern is invalid
 * @throws RangeError when a pattern can't be made to fit `maxLength`
 */
export function packPatterns(patterns: readonly EventPattern[], options: PackOptions = {}): Packing {
  const maxLength = options.maxLength ?? 2048;
  const alternatives = withoutCovered(patterns.flatMap(alternativesOf));
  const exact = joinExactly(alternatives.map((fields) => ({ fields, members: [fields] })));
  const packings = [
    packGroups(exact, maxLength),
    packGroups(joinExactly(exact.map(identifyingPart)), maxLength),
    packGroups(joinToFit(exact, maxLength, false), maxLength),
    packGroups(joinToFit(exact, maxLength, true), maxLength),
  ].filter((bins) => bins !== undefined);
  const [best] = packings
    .map((bins) => ({ bins, overreach: overreachOf(bins.flat(), alternatives) }))
    .sort((a, b) => a.bins.length - b.bins.length || cost(a.overreach) - cost(b.overreach));
  if (!best) throw new RangeError(`A pattern can't be made to fit ${maxLength} characters`);
  return { patterns: best.bins.map((bin) => textOf(bin)), overreach: best.overreach };
}

/** A combination that nobody asked for rarely exists. A condition that isn't checked may concern every event of a name. */
function cost({ unaskedCombinations, uncheckedFields }: Packing["overreach"]): number {
  return Object.values(uncheckedFields).reduce((sum, times) => sum + times, unaskedCombinations / 1e6);
}

function alternativesOf(pattern: EventPattern): Fields[] {
  return parseBranches(patternText(pattern)).map(
    (branch) =>
      new Map(
        [...branch].map(([path, { written }]) => [
          path,
          new Set(written.map((node) => JSON.stringify(toData(node)))),
        ]),
      ),
  );
}

function withoutCovered(list: readonly Fields[]): Fields[] {
  const kept: Fields[] = [];
  for (const fields of [...list].sort((a, b) => a.size - b.size)) {
    if (!kept.some((wider) => covers(wider, fields))) kept.push(fields);
  }
  return kept;
}

/** Do the texts show that the wider conjunction matches whatever the narrower one does? */
function covers(wider: Fields, narrower: Fields): boolean {
  for (const [path, texts] of wider) {
    const other = narrower.get(path);
    if (!other || ![...other].every((text) => texts.has(text))) return false;
  }
  return !needsDroppedField(narrower, wider);
}

/**
 * An `exists: false` is checked in the array elements that the fields before it (in the order of names) have chosen. Without
 * one of those fields it may fail where it held, so a pattern without that field would match less.
 */
function needsDroppedField(from: Fields, to: Fields): boolean {
  return [...to].some(
    ([path, texts]) =>
      texts.has('{"exists":false}') &&
      [...from.keys()].some((dropped) => !to.has(dropped) && dropped < path && mayShareArray(dropped, path)),
  );
}

/** Can both lie in one array? `detail` itself is always an object. */
function mayShareArray(a: string, b: string): boolean {
  const [a1, a2] = a.split(".");
  const [b1, b2] = b.split(".");
  return a1 === b1 && (a1 !== "detail" || a2 === b2);
}

/** Joins alternatives that differ in one field only, which is exact. */
function joinExactly(groups: readonly Group[]): Group[] {
  let current = [...groups];
  const paths = new Set(current.flatMap(({ fields }) => [...fields.keys()]));
  for (let before = -1; before !== current.length;) {
    before = current.length;
    for (const path of paths) {
      const joined = new Map<string, Group>();
      for (const group of current) {
        const texts = group.fields.get(path);
        // Lists with numbers are not joined with lists without: see `mixesAddressesAndNumbers`.
        const key = texts ? `${path}:${hasNumbers(texts)}:${keyOf(group.fields, path)}` : keyOf(group.fields);
        const other = joined.get(key);
        joined.set(key, other ? join(other, group) : group);
      }
      current = [...joined.values()];
    }
  }
  return current;
}

function keyOf(fields: Fields, without?: string): string {
  const rest = [...fields]
    .filter(([path]) => path !== without)
    .map(([path, texts]) => [path, [...texts].sort()]);
  return JSON.stringify(rest.sort());
}

/** The narrowest conjunction of their common fields that covers both. */
function join(a: Group, b: Group): Group {
  const fields = new Map<string, ReadonlySet<string>>();
  for (const [path, texts] of a.fields) {
    const others = b.fields.get(path);
    if (others && !mixesAddressesAndNumbers(texts, others)) fields.set(path, new Set([...texts, ...others]));
  }
  return {
    fields: withoutUnsoundAbsence(fields, [a.fields, b.fields]),
    members: [...a.members, ...b.members],
  };
}

/** Addresses match numbers too, but only in a list without numbers. Joined with a list that has some, they would match less. */
const mixesAddressesAndNumbers = (texts: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  hasNumbers(texts) !== hasNumbers(others) && (hasAddresses(texts) || hasAddresses(others));

const hasNumbers = (texts: ReadonlySet<string>): boolean =>
  [...texts].some((text) => /^-?\d|^\{"numeric"|^\{"anything-but":\[?-?\d/.test(text));

const hasAddresses = (texts: ReadonlySet<string>): boolean =>
  [...texts].some((text) => text.startsWith('{"cidr"') || /^"[\da-f]*[.:][\da-f.:]*"$/i.test(text));

function withoutUnsoundAbsence(fields: Map<string, ReadonlySet<string>>, from: readonly Fields[]): Fields {
  for (const path of [...fields.keys()].sort().reverse()) {
    const absence = new Map([[path, fields.get(path) ?? new Set<string>()]]);
    const lostWith = (source: Fields): Fields =>
      new Map([...source].filter(([key]) => key === path || !fields.has(key)));
    if (from.some((source) => needsDroppedField(lostWith(source), absence))) fields.delete(path);
  }
  return fields;
}

function identifyingPart(group: Group): Group {
  const fields = new Map([...group.fields].filter(([path]) => IDENTIFYING_FIELDS.includes(path)));
  return fields.size === 0
    ? group
    : { fields: withoutUnsoundAbsence(fields, [group.fields]), members: group.members };
}

/** Joins groups that are identified by the same fields while the result fits, with or without their other fields. */
function joinToFit(groups: readonly Group[], maxLength: number, identityOnly: boolean): Group[] {
  const items = identityOnly ? joinExactly(groups.map(identifyingPart)) : groups;
  const done: Group[] = [];
  for (const item of [...items].sort((a, b) => textOf([b]).length - textOf([a]).length)) {
    const kind = IDENTIFYING_FIELDS.filter((path) => item.fields.has(path)).join();
    const candidates = done
      .map((group, at) => ({ group, at, joined: join(group, item) }))
      .filter(
        ({ group, joined }) =>
          kind !== "" &&
          IDENTIFYING_FIELDS.filter((path) => group.fields.has(path)).join() === kind &&
          fits([joined], maxLength),
      )
      // The join that adds least text adds the fewest combinations that nobody asked for.
      .sort((a, b) => growth(a) - growth(b));
    const [best] = candidates;
    if (best) done[best.at] = best.joined;
    else done.push(item);
  }
  return done;
}

function growth({ group, joined }: { group: Group; joined: Group }): number {
  return textOf([joined]).length - textOf([group]).length;
}

/** First fit, longest first. Undefined when a single group doesn't fit. */
function packGroups(groups: readonly Group[], maxLength: number): Group[][] | undefined {
  const bins: Group[][] = [];
  for (const group of [...groups].sort((a, b) => textOf([b]).length - textOf([a]).length)) {
    if (!fits([group], maxLength)) return undefined;
    const bin = bins.find((candidate) => fits([...candidate, group], maxLength));
    if (bin) bin.push(group);
    else bins.push([group]);
  }
  return bins;
}

function fits(bin: readonly Group[], maxLength: number): boolean {
  const text = textOf(bin);
  if (text.length > maxLength) return false;
  try {
    return parseBranches(text).length === bin.length;
  } catch {
    // Too complex together, or with names that an `$or` can't have.
    return false;
  }
}

function textOf(bin: readonly Group[]): string {
  const texts = bin.map(({ fields }) => objectText(fields));
  return texts.length === 1 ? (texts[0] ?? "") : `{"$or":[${texts.join(",")}]}`;
}

function objectText(fields: Fields): string {
  const inner = new Map<string, Map<string, ReadonlySet<string>>>();
  const parts: string[] = [];
  for (const [path, texts] of fields) {
    const dot = path.indexOf(".");
    if (dot <= 0) parts.push(`${JSON.stringify(path)}:[${[...texts].join()}]`);
    else {
      const head = path.slice(0, dot);
      inner.set(
        head,
        (inner.get(head) ?? new Map<string, ReadonlySet<string>>()).set(path.slice(dot + 1), texts),
      );
    }
  }
  for (const [head, rest] of inner) parts.push(`${JSON.stringify(head)}:${objectText(rest)}`);
  return `{${parts.join()}}`;
}

function overreachOf(groups: readonly Group[], asked: readonly Fields[]): Packing["overreach"] {
  const through = new Set(groups.flatMap(({ fields }) => combinationsOf(fields)));
  const wanted = new Set(asked.flatMap(combinationsOf));
  const uncheckedFields: Record<string, number> = {};
  for (const { fields, members } of groups) {
    for (const member of members) {
      for (const [path, texts] of member) {
        if (IDENTIFYING_FIELDS.includes(path)) continue;
        const kept = fields.get(path);
        if (kept?.size !== texts.size) uncheckedFields[path] = (uncheckedFields[path] ?? 0) + 1;
      }
    }
  }
  return {
    combinations: through.size,
    unaskedCombinations: [...through].filter((combination) => !wanted.has(combination)).length,
    uncheckedFields,
  };
}

function combinationsOf(fields: Fields): string[] {
  return IDENTIFYING_FIELDS.reduce<string[]>(
    (combinations, path) => {
      const texts = [...(fields.get(path) ?? ["any"])];
      return combinations.flatMap((combination) => texts.map((text) => `${combination}\n${text}`));
    },
    [""],
  );
}
