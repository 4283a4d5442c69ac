/**
 * An index from the values of one field to the rules' branches that accept them. Values, prefixes and suffixes are looked
 * up. Other conditions let their branch pass here and are checked for the branches that remain.
 */
import { addAllBits, fullBitSet, emptyBitSet, hasBit, setBit, Trie, type BitSet } from "./bit-set";
import { LeafKind, meets, type Condition, type Leaf } from "./condition";
import type { EventLeaf } from "./match";

/** Values of a field that are cached. AWS has some ten thousand names of calls, of which an organization uses up to two thousand. */
const MAX_CACHED = 4000;

/** A set of branches that lie in the words from `first` to `last`. */
interface Accepting {
  branches: BitSet;
  first: number;
  last: number;
}

export class FieldIndex {
  /** Branches that pass when the field has no leaf. */
  private readonly withoutLeaf: Accepting;
  /** Branches that the lookups can exclude but not accept, so that their conditions must be checked. */
  readonly inexact: BitSet;

  private readonly inexactConditions: [branch: number, conditions: readonly Condition[]][] = [];
  private readonly askingBranches: BitSet;
  /** Branches that may pass when an array element lacks the field, whatever the other elements have; undefined if there are none. */
  private absent: BitSet | undefined;
  private readonly acceptingAnyValue: BitSet;
  private readonly noBranches: BitSet;
  private readonly strings = new Map<string, BitSet>();
  private readonly words = new Map<string, BitSet>();
  private readonly exceptingBranches: BitSet;
  private readonly exceptions = new Map<string, BitSet>();
  private readonly starts: Trie;
  private readonly ends: Trie;
  private readonly cache = new Map<string, Accepting>();
  private overflows = 0;
  private readonly scratch: Accepting;
  private readonly joined: Accepting;

  constructor(private readonly size: number) {
    this.askingBranches = emptyBitSet(size);
    this.acceptingAnyValue = fullBitSet(size);
    this.withoutLeaf = { branches: fullBitSet(size), first: 0, last: this.acceptingAnyValue.length - 1 };
    this.noBranches = emptyBitSet(size);
    this.inexact = emptyBitSet(size);
    this.exceptingBranches = emptyBitSet(size);
    this.scratch = { branches: emptyBitSet(size), first: 0, last: 0 };
    this.joined = { branches: emptyBitSet(size), first: 0, last: this.acceptingAnyValue.length - 1 };
    this.starts = new Trie(size, false);
    this.ends = new Trie(size, true);
  }

  /** Was `accepting` exact for these leaves, even for branches in `inexact`? */
  isExact(leaves: readonly Leaf[]): boolean {
    if (this.hasTooManyValues) return false;
    for (const { kind } of leaves) if (kind !== LeafKind.String) return false;
    return true;
  }

  add(branch: number, conditions: readonly Condition[]): void {
    setBit(this.askingBranches, branch);
    clearBit(this.acceptingAnyValue, branch);
    if (!conditions.some(({ op }) => op === "absent")) clearBit(this.withoutLeaf.branches, branch);
    let excepted: Set<string> | undefined;
    for (const condition of conditions) {
      switch (condition.op) {
        case "string":
          setBit(bitSetOf(this.strings, condition.value, this.size), branch);
          break;
        case "word":
          setBit(bitSetOf(this.words, condition.text, this.size), branch);
          break;
        case "not-strings":
          excepted = excepted
            ? new Set([...excepted].filter((value) => condition.values.has(value)))
            : new Set(condition.values);
          break;
        case "exists":
          setBit(this.acceptingAnyValue, branch);
          break;
        case "absent":
          setBit((this.absent ??= emptyBitSet(this.size)), branch);
          break;
        default:
          if (!this.addToTries(branch, condition)) {
            setBit(this.acceptingAnyValue, branch);
            setBit(this.inexact, branch);
          }
      }
    }
    if (hasBit(this.inexact, branch)) this.inexactConditions.push([branch, conditions]);
    if (excepted) {
      setBit(this.exceptingBranches, branch);
      for (const value of excepted) setBit(bitSetOf(this.exceptions, value, this.size), branch);
    }
  }

  /** Adds a condition that can be looked up, at least in part, by how a string begins or ends. False for others. */
  private addToTries(branch: number, condition: Condition): boolean {
    if (condition.op === "prefix" && !condition.value.endsWith('"')) this.starts.add(condition.value, branch);
    else if (condition.op === "suffix" && !condition.value.startsWith('"'))
      this.ends.add(condition.value, branch);
    else if (condition.op === "wildcard") {
      const first = condition.pieces[0] ?? "";
      const last = condition.pieces.at(-1) ?? "";
      setBit(this.inexact, branch);
      if (first !== "") this.starts.add(first, branch);
      else if (last !== "") this.ends.add(last, branch);
      else return false;
    } else return false;
    return true;
  }

  /** Does the field have so many different values that looking one up costs more than checking a few branches? */
  get hasTooManyValues(): boolean {
    return this.overflows > 0;
  }

  /** Does any branch in these words of a set have a condition on this field? */
  concerns(branches: BitSet, first: number, last: number): boolean {
    for (let word = first; word <= last; word++) {
      if (((branches[word] as number) & (this.askingBranches[word] as number)) !== 0) return true;
    }
    return false;
  }

  /** The number of values that lookups distinguish. */
  get valueCount(): number {
    return this.strings.size + this.words.size + this.exceptions.size;
  }

  /** The branches that accept one of the leaves. Callers must not change the set, which is valid until the next call. */
  accepting(leaves: readonly EventLeaf[]): Accepting {
    if (leaves.length === 0) return this.withoutLeaf;
    const first = leaves[0] as EventLeaf;
    const absent = this.absent && leaves.some((leaf) => leaf.membership.length > 0) ? this.absent : undefined;
    if (leaves.length === 1 && absent === undefined) return this.acceptingLeaf(first);
    const joined = this.joined.branches;
    joined.set(this.acceptingLeaf(first).branches);
    if (absent) addAllBits(joined, absent);
    for (let i = 1; i < leaves.length; i++)
      addAllBits(joined, this.acceptingLeaf(leaves[i] as Leaf).branches);
    return this.joined;
  }

  /** Most fields have few different values, which are cached. The cache of a field that has too many is given up. */
  private acceptingLeaf(leaf: Leaf): Accepting {
    const { kind, text } = leaf;
    if (kind !== LeafKind.String || this.hasTooManyValues) return this.compute(leaf, this.scratch);
    const cached = this.cache.get(text);
    if (cached !== undefined) return cached;
    if (this.cache.size >= MAX_CACHED) {
      this.cache.clear();
      this.overflows++;
    }
    const accepting = this.compute(leaf, { branches: emptyBitSet(this.size), first: 0, last: 0 });
    // For a value that will recur it pays to check once what lookups leave open.
    for (const [branch, conditions] of this.inexactConditions) {
      if (hasBit(accepting.branches, branch) && !conditions.some((condition) => meets(condition, leaf))) {
        clearBit(accepting.branches, branch);
      }
    }
    this.cache.set(text, accepting);
    return accepting;
  }

  private compute({ kind, text }: Leaf, into: Accepting): Accepting {
    const { acceptingAnyValue, exceptingBranches, noBranches } = this;
    const exact = (kind === LeafKind.String ? this.strings : this.words).get(text) ?? noBranches;
    const start = (kind === LeafKind.String ? this.starts.find(text) : undefined) ?? noBranches;
    const end = (kind === LeafKind.String ? this.ends.find(text) : undefined) ?? noBranches;
    const exception = (kind === LeafKind.String ? this.exceptions.get(text) : undefined) ?? noBranches;
    into.first = acceptingAnyValue.length;
    into.last = -1;
    for (let i = 0; i < acceptingAnyValue.length; i++) {
      const word =
        (acceptingAnyValue[i] as number) |
        (exact[i] as number) |
        (start[i] as number) |
        (end[i] as number) |
        ((exceptingBranches[i] as number) & ~(exception[i] as number));
      into.branches[i] = word;
      if (word !== 0) {
        into.last = i;
        if (into.first > i) into.first = i;
      }
    }
    return into;
  }
}

function bitSetOf(map: Map<string, BitSet>, key: string, size: number): BitSet {
  const found = map.get(key) ?? emptyBitSet(size);
  map.set(key, found);
  return found;
}

function clearBit(set: BitSet, bit: number): void {
  const word = bit >>> 5;
  set[word] = (set[word] ?? 0) & ~(1 << (bit & 31));
}
