/**
 * Many rules in one structure. Every field that rules ask for has an index from its values to the rules' branches; an
 * event takes each field's value once, and what is left of the set of all branches after all fields is what matches –
 * except for conditions that can't be looked up and for arrays, which are then checked for the few that are left.
 */
import { allBits, bits, hasBit, type Bits } from "./bit-set";
import { LeafKind, meets, type Condition } from "./condition";
import { FieldIndex } from "./field-index";
import { fieldsOf, matchesFields, type EventLeaves, type Fields, type PlacedLeaf } from "./match";
import { parseBranches } from "./parse";
import { LeafScanner } from "./scan";

/** The names of the rules whose pattern the event matches, in the order of the rules. */
export type Matcher = (eventText: string) => string[];

/** With no more words of the set left than this, branches are few enough to be checked one by one. */
const fewWords = 2;

interface IndexedBranch {
  rule: number;
  fields: Fields;
  /** Indices of its fields, as `fields`. */
  paths: number[];
  /** Those of its fields about which the field indices don't say all there is to say. */
  unsure: { path: number; index: FieldIndex; conditions: readonly Condition[] }[];
}

interface IndexedField {
  path: number;
  index: FieldIndex;
}

/**
 * A matcher of many rules. Made to be fast: JSON faults inside parts of an event that no rule names go unnoticed.
 * @throws EventPatternError when a pattern is invalid
 */
export function compile(rules: readonly (readonly [name: string, patternText: string])[]): Matcher {
  const names = rules.map(([name]) => name);
  const index = new RuleIndex(rules.map(([, text]) => text));
  return (eventText) => {
    const matched = index.match(eventText);
    const found: string[] = [];
    for (const rule of matched) found.push(names[rule] as string);
    return found;
  };
}

/**
 * Rules by number, in the order of their patterns. Has one scratch space, so that `match` can't be called from within itself;
 * nothing does, as it calls nobody's code.
 */
export class RuleIndex {
  private readonly paths: readonly string[];
  private readonly branches: IndexedBranch[] = [];
  /** Those outside of `detail`, which an event has before it, come first. */
  private readonly fields: IndexedField[];
  private readonly envelopeFields: number;
  private readonly scanner: LeafScanner;
  private readonly leaves: EventLeaves;
  private readonly everyone: Bits;
  /** The branches that no field has excluded yet: the words from `first` to `last`, the others are nought. */
  private readonly alive: Bits;
  private first = 0;
  private last = -1;
  /** Fields that were left to be checked branch by branch. */
  private readonly skipped: number[] = [];
  /** How many leaves the envelope had when the scanner asked whether they leave any branch; −1 when it didn't. */
  private askedWith = -1;
  private readonly noneByEnvelope = (): boolean => {
    this.askedWith = this.leavesOfEnvelope();
    return !this.narrow(0, this.envelopeFields);
  };

  /** @throws EventPatternError when a pattern is invalid */
  constructor(patternTexts: readonly string[]) {
    const rules = patternTexts.map((text) => parseBranches(text).map(fieldsOf));
    const paths = [...new Set(rules.flat(2).map(({ path }) => path))];
    this.paths = paths;
    const pathIndex = new Map(paths.map((path, index) => [path, index]));
    rules.forEach((branches, rule) => {
      for (const fields of branches) {
        this.branches.push({
          rule,
          fields,
          paths: fields.map(({ path }) => pathIndex.get(path) ?? 0),
          unsure: [],
        });
      }
    });
    // Neighbours in the set ask for the same source and names, so that an event's branches lie in few words.
    this.branches.sort((a, b) => compareTexts(placeOf(a.fields), placeOf(b.fields)));
    const size = this.branches.length;
    const indices = paths.map(() => new FieldIndex(size));
    this.branches.forEach((branch, number) => {
      branch.fields.forEach(({ conditions }, i) => {
        const path = branch.paths[i] ?? 0;
        const index = indices[path] as FieldIndex;
        index.add(number, conditions);
        if (hasBit(index.unsure, number)) branch.unsure.push({ path, index, conditions });
      });
    });
    const inDetail = (path: number): number => Number((paths[path] ?? "").includes("."));
    this.fields = indices
      .map((index, path) => ({ path, index }))
      .sort((a, b) => inDetail(a.path) - inDetail(b.path) || b.index.values - a.index.values);
    this.envelopeFields = this.fields.filter(({ path }) => inDetail(path) === 0).length;
    this.scanner = new LeafScanner(paths);
    const { leaves } = this.scanner;
    this.leaves = { get: (path) => leaves[pathIndex.get(path) ?? -1] };
    this.everyone = allBits(size);
    this.alive = bits(size);
  }

  /**
   * Could an event match some rule if each of these fields has one of the values and nothing else is known of it? Never says no
   * when one does.
   */
  couldMatch(known: Readonly<Record<string, readonly string[]>>): boolean {
    const possible = new Uint32Array(this.everyone);
    for (const { path, index } of this.fields) {
      const values = known[this.paths[path] ?? ""];
      if (!values) continue;
      const { branches } = index.accepting(values.map((text) => ({ kind: LeafKind.String, text, in: [] })));
      for (let word = 0; word < possible.length; word++)
        possible[word] = (possible[word] ?? 0) & (branches[word] ?? 0);
    }
    return possible.some((word) => word !== 0);
  }

  /**
   * The rules whose pattern the event matches.
   * @throws EventTextError when the text is seen not to be a JSON object
   */
  match(eventText: string): number[] {
    const matched: number[] = [];
    this.askedWith = -1;
    this.scanner.read(eventText, this.noneByEnvelope);
    const from = this.askedWith === this.leavesOfEnvelope() ? this.envelopeFields : 0;
    if (!this.narrow(from, this.fields.length)) return matched;
    const { alive, branches, first, last } = this;
    for (let word = first; word <= last; word++) {
      for (let rest = alive[word] as number; rest !== 0; rest &= rest - 1) {
        const branch = branches[(word << 5) + (31 - Math.clz32(rest & -rest))] as IndexedBranch;
        if (this.check(branch)) matched.push(branch.rule);
      }
    }
    return matched.length < 2 ? matched : inOrder(matched);
  }

  private leavesOfEnvelope(): number {
    let leaves = 0;
    for (let field = 0; field < this.envelopeFields; field++) {
      leaves += (this.scanner.leaves[(this.fields[field] as IndexedField).path] as PlacedLeaf[]).length;
    }
    return leaves;
  }

  /** Takes from `alive` (from all, if the fields are the first) the branches that a field excludes. Is any left? */
  private narrow(from: number, to: number): boolean {
    const { alive, fields, scanner, skipped } = this;
    let { first, last } = this;
    if (from === 0) {
      skipped.length = 0;
      first = 0;
      last = alive.length - 1;
      if (to === 0) alive.set(this.everyone);
    }
    for (let field = from; field < to && first <= last; field++) {
      const { path, index } = fields[field] as IndexedField;
      if (field > 0) {
        if (!index.asksFor(alive, first, last)) continue;
        if (index.varied && last - first < fewWords) {
          skipped.push(path);
          continue;
        }
      }
      const accepting = index.accepting(scanner.leaves[path] as PlacedLeaf[]);
      const { branches } = accepting;
      if (accepting.first > first) first = accepting.first;
      if (accepting.last < last) last = accepting.last;
      if (field === 0) for (let word = first; word <= last; word++) alive[word] = branches[word] as number;
      else
        for (let word = first; word <= last; word++)
          alive[word] = (alive[word] as number) & (branches[word] as number);
      while (first <= last && alive[first] === 0) first++;
      while (first <= last && alive[last] === 0) last--;
    }
    this.first = first;
    this.last = last;
    return first <= last;
  }

  private check(branch: IndexedBranch): boolean {
    if (this.scanner.anyPlaced) return matchesFields(branch.fields, this.leaves);
    for (const { path, index, conditions } of branch.unsure) {
      if (!index.isExact(this.scanner.leaves[path] as PlacedLeaf[]) && !this.accepts(path, conditions))
        return false;
    }
    for (const path of this.skipped) {
      const field = branch.paths.indexOf(path);
      if (field >= 0 && !this.accepts(path, (branch.fields[field] as Fields[number]).conditions))
        return false;
    }
    return true;
  }

  private accepts(path: number, conditions: readonly Condition[]): boolean {
    const leaves = this.scanner.leaves[path] as PlacedLeaf[];
    if (leaves.length === 0) return conditions.some(({ op }) => op === "absent");
    for (const leaf of leaves) for (const condition of conditions) if (meets(condition, leaf)) return true;
    return false;
  }
}

/** Sorted, each once: a few numbers, mostly in order already. */
function inOrder(numbers: number[]): number[] {
  for (let i = 1; i < numbers.length; i++) {
    if ((numbers[i] as number) <= (numbers[i - 1] as number))
      return [...new Set(numbers)].sort((a, b) => a - b);
  }
  return numbers;
}

function placeOf(fields: Fields): string {
  const order = ["source", "detail.eventSource", "detail.eventName"];
  return order.map((path) => JSON.stringify(fields.find((field) => field.path === path)?.conditions)).join();
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
