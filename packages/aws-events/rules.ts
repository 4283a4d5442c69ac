/**
 * Many rules in one structure. Each field that rules have conditions on has an index from its values to the rules' branches.
 * The value of each field in an event is looked up once and excludes the branches that don't accept it. The branches that
 * remain match, except that arrays and conditions that can't be looked up are then checked branch by branch.
 */
import { fullBitSet, emptyBitSet, hasBit, type BitSet } from "./bit-set";
import { LeafKind, meets, type Condition } from "./condition";
import { FieldIndex } from "./field-index";
import { fieldsOf, matchesFields, type EventLeaves, type Fields, type EventLeaf } from "./match";
import { parseBranches } from "./parse";
import { LeafScanner } from "./scan";

/** The names of the rules whose pattern the event matches, in the order of the rules. */
export type Matcher = (eventText: string) => string[];

/** When the remaining branches lie in no more words of the set than this, they are checked one by one. */
const FEW_WORDS = 2;

interface IndexedBranch {
  rule: number;
  fields: Fields;
  /** The index of each field's path. */
  paths: number[];
  /** The fields whose index can exclude the branch but not accept it. */
  inexact: { path: number; index: FieldIndex; conditions: readonly Condition[] }[];
}

interface IndexedField {
  path: number;
  index: FieldIndex;
}

/**
 * A fast matcher of many rules. It doesn't notice JSON errors in parts of an event that no rule names.
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
 * Matches rules, which are numbered in the order of their patterns. `match` works on fields of the object, so it isn't reentrant.
 */
export class RuleIndex {
  private readonly paths: readonly string[];
  private readonly branches: IndexedBranch[] = [];
  /** Fields outside `detail` come first, as they precede it in an event. */
  private readonly fields: IndexedField[];
  private readonly envelopeFields: number;
  private readonly scanner: LeafScanner;
  private readonly leaves: EventLeaves;
  private readonly allBranches: BitSet;
  /** The branches that no field has excluded yet. Only the words from `first` to `last` count. */
  private readonly remaining: BitSet;
  private first = 0;
  private last = -1;
  /** Fields that must still be checked branch by branch. */
  private readonly skipped: number[] = [];
  /** The number of leaves in the envelope when the scanner asked `envelopeExcludesAll`; −1 if it didn't. */
  private leavesWhenAsked = -1;
  private readonly envelopeExcludesAll = (): boolean => {
    this.leavesWhenAsked = this.countEnvelopeLeaves();
    return !this.excludeBranches(0, this.envelopeFields);
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
          inexact: [],
        });
      }
    });
    // Neighbours in the set concern the same source and names, so that an event's branches lie in few words.
    this.branches.sort((a, b) => compareTexts(sortKeyOf(a.fields), sortKeyOf(b.fields)));
    const size = this.branches.length;
    const indices = paths.map(() => new FieldIndex(size));
    this.branches.forEach((branch, number) => {
      branch.fields.forEach(({ conditions }, i) => {
        const path = branch.paths[i] ?? 0;
        const index = indices[path] as FieldIndex;
        index.add(number, conditions);
        if (hasBit(index.inexact, number)) branch.inexact.push({ path, index, conditions });
      });
    });
    const inDetail = (path: number): number => Number((paths[path] ?? "").includes("."));
    this.fields = indices
      .map((index, path) => ({ path, index }))
      .sort((a, b) => inDetail(a.path) - inDetail(b.path) || b.index.valueCount - a.index.valueCount);
    this.envelopeFields = this.fields.filter(({ path }) => inDetail(path) === 0).length;
    this.scanner = new LeafScanner(paths);
    const { leaves } = this.scanner;
    this.leaves = { get: (path) => leaves[pathIndex.get(path) ?? -1] };
    this.allBranches = fullBitSet(size);
    this.remaining = emptyBitSet(size);
  }

  /**
   * Could an event match a rule if each of these fields has one of the values and nothing else is known? May be true when no
   * such event matches, but is never false when one does.
   */
  couldMatch(known: Readonly<Record<string, readonly string[]>>): boolean {
    const possible = new Uint32Array(this.allBranches);
    for (const { path, index } of this.fields) {
      const values = known[this.paths[path] ?? ""];
      if (!values) continue;
      const { branches } = index.accepting(
        values.map((text) => ({ kind: LeafKind.String, text, membership: [] })),
      );
      for (let word = 0; word < possible.length; word++)
        possible[word] = (possible[word] ?? 0) & (branches[word] ?? 0);
    }
    return possible.some((word) => word !== 0);
  }

  /**
   * The rules whose pattern the event matches.
   * @throws EventTextError when the text turns out not to be a JSON object
   */
  match(eventText: string): number[] {
    const matched: number[] = [];
    this.leavesWhenAsked = -1;
    this.scanner.read(eventText, this.envelopeExcludesAll);
    const from = this.leavesWhenAsked === this.countEnvelopeLeaves() ? this.envelopeFields : 0;
    if (!this.excludeBranches(from, this.fields.length)) return matched;
    const { remaining, branches, first, last } = this;
    for (let word = first; word <= last; word++) {
      for (let rest = remaining[word] as number; rest !== 0; rest &= rest - 1) {
        const branch = branches[(word << 5) + (31 - Math.clz32(rest & -rest))] as IndexedBranch;
        if (this.branchMatches(branch)) matched.push(branch.rule);
      }
    }
    return matched.length < 2 ? matched : sortedOnce(matched);
  }

  private countEnvelopeLeaves(): number {
    let leaves = 0;
    for (let field = 0; field < this.envelopeFields; field++) {
      leaves += (this.scanner.leaves[(this.fields[field] as IndexedField).path] as EventLeaf[]).length;
    }
    return leaves;
  }

  /** Removes the branches that these fields exclude from `remaining`, or from all if the fields are the first. Does any remain? */
  private excludeBranches(from: number, to: number): boolean {
    const { remaining, fields, scanner, skipped } = this;
    let { first, last } = this;
    if (from === 0) {
      skipped.length = 0;
      first = 0;
      last = remaining.length - 1;
      if (to === 0) remaining.set(this.allBranches);
    }
    for (let field = from; field < to && first <= last; field++) {
      const { path, index } = fields[field] as IndexedField;
      if (field > 0) {
        if (!index.concerns(remaining, first, last)) continue;
        if (index.hasTooManyValues && last - first < FEW_WORDS) {
          skipped.push(path);
          continue;
        }
      }
      const accepting = index.accepting(scanner.leaves[path] as EventLeaf[]);
      const { branches } = accepting;
      if (accepting.first > first) first = accepting.first;
      if (accepting.last < last) last = accepting.last;
      if (field === 0)
        for (let word = first; word <= last; word++) remaining[word] = branches[word] as number;
      else
        for (let word = first; word <= last; word++)
          remaining[word] = (remaining[word] as number) & (branches[word] as number);
      while (first <= last && remaining[first] === 0) first++;
      while (first <= last && remaining[last] === 0) last--;
    }
    this.first = first;
    this.last = last;
    return first <= last;
  }

  private branchMatches(branch: IndexedBranch): boolean {
    if (this.scanner.anyInArray) return matchesFields(branch.fields, this.leaves);
    for (const { path, index, conditions } of branch.inexact) {
      if (!index.isExact(this.scanner.leaves[path] as EventLeaf[]) && !this.fieldMatches(path, conditions))
        return false;
    }
    for (const path of this.skipped) {
      const field = branch.paths.indexOf(path);
      if (field >= 0 && !this.fieldMatches(path, (branch.fields[field] as Fields[number]).conditions))
        return false;
    }
    return true;
  }

  private fieldMatches(path: number, conditions: readonly Condition[]): boolean {
    const leaves = this.scanner.leaves[path] as EventLeaf[];
    if (leaves.length === 0) return conditions.some(({ op }) => op === "absent");
    for (const leaf of leaves) for (const condition of conditions) if (meets(condition, leaf)) return true;
    return false;
  }
}

/** The numbers sorted and without duplicates. Usually they are few and sorted already. */
function sortedOnce(numbers: number[]): number[] {
  for (let i = 1; i < numbers.length; i++) {
    if ((numbers[i] as number) <= (numbers[i - 1] as number))
      return [...new Set(numbers)].sort((a, b) => a - b);
  }
  return numbers;
}

function sortKeyOf(fields: Fields): string {
  const order = ["source", "detail.eventSource", "detail.eventName"];
  return order.map((path) => JSON.stringify(fields.find((field) => field.path === path)?.conditions)).join();
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
