/** Sets of small numbers, a bit each, and lookups of such sets by the start or the end of a text. */

export type BitSet = Int32Array;

export function emptyBitSet(size: number): BitSet {
  return new Int32Array((size + 31) >>> 5);
}

/** All of the numbers below `size`. */
export function fullBitSet(size: number): BitSet {
  const all = emptyBitSet(size).fill(-1);
  if ((size & 31) !== 0) all[all.length - 1] = (1 << (size & 31)) - 1;
  return all;
}

export function setBit(set: BitSet, bit: number): void {
  const word = bit >>> 5;
  set[word] = (set[word] ?? 0) | (1 << (bit & 31));
}

export function hasBit(set: BitSet, bit: number): boolean {
  return (((set[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

export function addAllBits(to: BitSet, from: BitSet): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) | (from[i] ?? 0);
}

interface TrieNode {
  numbers?: BitSet;
  next: Map<number, TrieNode>;
}

/** Finds the numbers whose key a text starts with or, backwards, ends with. */
export class Trie {
  private readonly root: TrieNode = { next: new Map() };
  private sealed = false;

  constructor(
    private readonly size: number,
    private readonly backwards: boolean,
  ) {}

  add(key: string, bit: number): void {
    let node = this.root;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(this.backwards ? key.length - 1 - i : i);
      let next = node.next.get(code);
      if (!next) node.next.set(code, (next = { next: new Map() }));
      node = next;
    }
    setBit((node.numbers ??= emptyBitSet(this.size)), bit);
  }

  find(text: string): BitSet | undefined {
    if (!this.sealed) {
      seal(this.root, undefined);
      this.sealed = true;
    }
    let node = this.root;
    let found = node.numbers;
    for (let i = 0; i < text.length; i++) {
      const next = node.next.get(text.charCodeAt(this.backwards ? text.length - 1 - i : i));
      if (!next) return found;
      node = next;
      found = node.numbers;
    }
    return found;
  }
}

/** Adds to every node the numbers of the nodes above it. */
function seal(node: TrieNode, above: BitSet | undefined): void {
  if (above) {
    if (node.numbers) addAllBits(node.numbers, above);
    else node.numbers = above;
  }
  for (const next of node.next.values()) seal(next, node.numbers);
}
