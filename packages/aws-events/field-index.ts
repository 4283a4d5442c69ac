/**
 * What the rules ask of one field, turned around: from a value to the rules' branches that accept it. Values, beginnings
 * and ends are looked up; other conditions let the branch pass here and are checked for the branches that are left.
 */
import { addBits, allBits, bits, hasBit, setBit, Trie, type Bits } from "./bit-set";
import { LeafKind, meets, type Condition, type Leaf } from "./condition";
import type { PlacedLeaf } from "./match";

/** Values remembered of a field. AWS has some ten thousand names of calls, an organization uses a few hundred to two thousand. */
const mostKnown = 4000;

/** A set of branches; outside of the words from `first` to `last` there are none. */
export interface Accepting {
  branches: Bits;
  first: number;
  last: number;
}

export class FieldIndex {
  /** Branches that pass when the field has no leaf. */
  private readonly withoutLeaf: Accepting;
  /** How many branches ask for this field: those that do first decide most. */
  asked = 0;
  /** Branches of which the lookups here only exclude, so that their conditions remain to be checked. */
  readonly unsure: Bits;

  private readonly unsureConditions: [branch: number, conditions: readonly Condition[]][] = [];
  private readonly asking: Bits;
  /** Branches that may pass when an element of an array lacks the field, whatever it is in the others; undefined: there are none. */
  private absent: Bits | undefined;
  private readonly any: Bits;
  private readonly none: Bits;
  private readonly strings = new Map<string, Bits>();
  private readonly words = new Map<string, Bits>();
  private readonly excepting: Bits;
  private readonly exceptions = new Map<string, Bits>();
  private readonly starts: Trie;
  private readonly ends: Trie;
  private readonly known = new Map<string, Accepting>();
  private forgotten = 0;
  private readonly scratch: Accepting;
  private readonly joined: Accepting;

  constructor(private readonly size: number) {
    this.asking = bits(size);
    this.any = allBits(size);
    this.withoutLeaf = { branches: allBits(size), first: 0, last: this.any.length - 1 };
    this.none = bits(size);
    this.unsure = bits(size);
    this.excepting = bits(size);
    this.scratch = { branches: bits(size), first: 0, last: 0 };
    this.joined = { branches: bits(size), first: 0, last: this.any.length - 1 };
    this.starts = new Trie(size, false);
    this.ends = new Trie(size, true);
  }

  /** Did `accepting` say of these leaves all there is to say, also of branches in `unsure`? */
  isExact(leaves: readonly Leaf[]): boolean {
    if (this.varied) return false;
    for (const { kind } of leaves) if (kind !== LeafKind.String) return false;
    return true;
  }

  add(branch: number, conditions: readonly Condition[]): void {
    this.asked++;
    setBit(this.asking, branch);
    clearBit(this.any, branch);
    if (!conditions.some(({ op }) => op === "absent")) clearBit(this.withoutLeaf.branches, branch);
    let excepted: Set<string> | undefined;
    for (const condition of conditions) {
      switch (condition.op) {
        case "string":
          setBit(entry(this.strings, condition.value, this.size), branch);
          break;
        case "word":
          setBit(entry(this.words, condition.text, this.size), branch);
          break;
        case "not-strings":
          excepted = excepted
            ? new Set([...excepted].filter((value) => condition.values.has(value)))
            : new Set(condition.values);
          break;
        case "exists":
          setBit(this.any, branch);
          break;
        case "absent":
          setBit((this.absent ??= bits(this.size)), branch);
          break;
        default:
          if (!this.byEdge(branch, condition)) {
            setBit(this.any, branch);
            setBit(this.unsure, branch);
          }
      }
    }
    if (hasBit(this.unsure, branch)) this.unsureConditions.push([branch, conditions]);
    if (excepted) {
      setBit(this.excepting, branch);
      for (const value of excepted) setBit(entry(this.exceptions, value, this.size), branch);
    }
  }

  /** Can the condition be looked up, at least in part, by how a string begins or ends? */
  private byEdge(branch: number, condition: Condition): boolean {
    if (condition.op === "prefix" && !condition.value.endsWith('"')) this.starts.add(condition.value, branch);
    else if (condition.op === "suffix" && !condition.value.startsWith('"'))
      this.ends.add(condition.value, branch);
    else if (condition.op === "wildcard") {
      const first = condition.pieces[0] ?? "";
      const last = condition.pieces.at(-1) ?? "";
      setBit(this.unsure, branch);
      if (first !== "") this.starts.add(first, branch);
      else if (last !== "") this.ends.add(last, branch);
      else return false;
    } else return false;
    return true;
  }

  /** Does the field have so many different values that looking one up costs more than checking a few branches? */
  get varied(): boolean {
    return this.forgotten > 0;
  }

  /** Does any of the branches in these words of a set ask for this field? */
  asksFor(branches: Bits, first: number, last: number): boolean {
    for (let word = first; word <= last; word++) {
      if (((branches[word] as number) & (this.asking[word] as number)) !== 0) return true;
    }
    return false;
  }

  /** How many values can be told apart by lookup. */
  get values(): number {
    return this.strings.size + this.words.size + this.exceptions.size;
  }

  /** The branches that accept one of the leaves. Not to be changed, and valid until the next call. */
  accepting(leaves: readonly PlacedLeaf[]): Accepting {
    if (leaves.length === 0) return this.withoutLeaf;
    const first = leaves[0] as PlacedLeaf;
    const absent = this.absent && leaves.some((leaf) => leaf.in.length > 0) ? this.absent : undefined;
    if (leaves.length === 1 && absent === undefined) return this.acceptingOne(first);
    const joined = this.joined.branches;
    joined.set(this.acceptingOne(first).branches);
    if (absent) addBits(joined, absent);
    for (let i = 1; i < leaves.length; i++) addBits(joined, this.acceptingOne(leaves[i] as Leaf).branches);
    return this.joined;
  }

  /** Most fields have few different values; those that don't soon are not remembered any more. */
  private acceptingOne(leaf: Leaf): Accepting {
    const { kind, text } = leaf;
    if (kind !== LeafKind.String || this.varied) return this.compute(leaf, this.scratch);
    const known = this.known.get(text);
    if (known !== undefined) return known;
    if (this.known.size >= mostKnown) {
      this.known.clear();
      this.forgotten++;
    }
    const accepting = this.compute(leaf, { branches: bits(this.size), first: 0, last: 0 });
    // For a value that will come again it pays to check once and for all what lookups leave open.
    for (const [branch, conditions] of this.unsureConditions) {
      if (hasBit(accepting.branches, branch) && !conditions.some((condition) => meets(condition, leaf))) {
        clearBit(accepting.branches, branch);
      }
    }
    this.known.set(text, accepting);
    return accepting;
  }

  private compute({ kind, text }: Leaf, into: Accepting): Accepting {
    const { any, excepting, none } = this;
    const exact = (kind === LeafKind.String ? this.strings : this.words).get(text) ?? none;
    const start = (kind === LeafKind.String ? this.starts.find(text) : undefined) ?? none;
    const end = (kind === LeafKind.String ? this.ends.find(text) : undefined) ?? none;
    const exception = (kind === LeafKind.String ? this.exceptions.get(text) : undefined) ?? none;
    into.first = any.length;
    into.last = -1;
    for (let i = 0; i < any.length; i++) {
      const word =
        (any[i] as number) |
        (exact[i] as number) |
        (start[i] as number) |
        (end[i] as number) |
        ((excepting[i] as number) & ~(exception[i] as number));
      into.branches[i] = word;
      if (word !== 0) {
        into.last = i;
        if (into.first > i) into.first = i;
      }
    }
    return into;
  }
}

function entry(map: Map<string, Bits>, key: string, size: number): Bits {
  const found = map.get(key) ?? bits(size);
  map.set(key, found);
  return found;
}

function clearBit(set: Bits, bit: number): void {
  const word = bit >>> 5;
  set[word] = (set[word] ?? 0) & ~(1 << (bit & 31));
}
