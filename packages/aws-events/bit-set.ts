/** Sets of small numbers as bits, and lookups of such sets by the start of a text. */

export type Bits = Int32Array;

export function bits(size: number): Bits {
  return new Int32Array((size + 31) >>> 5);
}

/** All of the numbers below `size`. */
export function allBits(size: number): Bits {
  const all = bits(size).fill(-1);
  if ((size & 31) !== 0) all[all.length - 1] = (1 << (size & 31)) - 1;
  return all;
}

export function setBit(set: Bits, bit: number): void {
  const word = bit >>> 5;
  set[word] = (set[word] ?? 0) | (1 << (bit & 31));
}

export function hasBit(set: Bits, bit: number): boolean {
  return (((set[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

export function addBits(to: Bits, from: Bits): void {
  for (let i = 0; i < to.length; i++) to[i] = (to[i] ?? 0) | (from[i] ?? 0);
}

interface TrieNode {
  bits?: Bits;
  next: Map<number, TrieNode>;
}

/** Of which numbers does the text start with (or, backwards, end with) the key? */
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
    setBit((node.bits ??= bits(this.size)), bit);
  }

  find(text: string): Bits | undefined {
    if (!this.sealed) {
      seal(this.root, undefined);
      this.sealed = true;
    }
    let node = this.root;
    let found = node.bits;
    for (let i = 0; i < text.length; i++) {
      const next = node.next.get(text.charCodeAt(this.backwards ? text.length - 1 - i : i));
      if (!next) return found;
      node = next;
      found = node.bits;
    }
    return found;
  }
}

/** Gives every node the bits of those on the way to it. */
function seal(node: TrieNode, above: Bits | undefined): void {
  if (above) {
    if (node.bits) addBits(node.bits, above);
    else node.bits = above;
  }
  for (const next of node.next.values()) seal(next, node.bits);
}
