/**
 * Finds the leaves at given paths in the text of an event, in one pass that skips whatever no path names. Errors in the
 * structure of the JSON are noticed, errors inside what is skipped are not.
 */
import { LeafKind } from "./condition";
import { JsonTextError, parseJson } from "./json";
import { stepIsUsed, stepsOf, type Membership, type EventLeaf } from "./match";
import { EventTextError } from "./pattern";

/** A node of the tree of the paths' steps. */
interface PathNode {
  /** Index of the path that ends here, or −1. */
  path: number;
  names: string[];
  /** The first character of each name. */
  initials: number[];
  nodes: PathNode[];
}

const OUTSIDE_ARRAYS: Membership = [];
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const quote = 34;
const comma = 44;
const dot = 46;
const colon = 58;
const openArray = 91;
const backslash = 92;
const closeArray = 93;
const openObject = 123;
const closeObject = 125;

/** Reused for all events: `leaves` are valid until the next call. Methods take and return offsets in the text. */
export class LeafScanner {
  /** The leaves at each path. */
  readonly leaves: EventLeaf[][];
  /** Does any leaf lie in an array element that is an object or an array? */
  anyInArray = false;

  private readonly root: PathNode = newNode();
  private readonly steps: ReadonlySet<string>;
  private readonly touched: number[] = [];
  private text = "";
  private escapes = false;
  private depth = 0;
  private arrays = 0;
  /** The node of the name that `name` read last; undefined if no path has it. */
  private currentNode: PathNode | undefined;

  constructor(paths: readonly string[]) {
    this.leaves = paths.map(() => []);
    this.steps = stepsOf(paths);
    paths.forEach((path, index) => {
      let node = this.root;
      for (const step of path.split(".")) node = childNamed(node, step) ?? addChild(node, step);
      node.path = index;
    });
  }

  /**
   * Reads an event. `isExcluded` is called once, after the fields before `detail`: if it returns true, the content of `detail`
   * doesn't matter and is skipped.
   * @throws EventTextError when the text is not a JSON object
   */
  read(text: string, isExcluded?: () => boolean): void {
    for (const path of this.touched) (this.leaves[path] as EventLeaf[]).length = 0;
    this.touched.length = 0;
    this.text = text;
    this.escapes = text.includes("\\");
    this.depth = 0;
    this.arrays = 0;
    this.anyInArray = false;
    const start = this.space(0);
    if (text.charCodeAt(start) !== openObject) throw new EventTextError("The event must be a JSON object");
    const end = this.space(this.object(this.root, start, OUTSIDE_ARRAYS, isExcluded));
    // A field that excluded the event is repeated later, and all its values count.
    if (this.depth < 0) this.read(text);
    else if (end < text.length) throw this.syntaxError("text after the event", end);
  }

  private object(node: PathNode, from: number, membership: Membership, isExcluded?: () => boolean): number {
    const { text } = this;
    this.enter(from);
    let at = this.space(from + 1);
    if (text.charCodeAt(at) === closeObject) {
      this.depth--;
      return at + 1;
    }
    let skipsRest = false;
    for (;;) {
      at = this.name(node, at);
      const child = this.currentNode;
      if (child === undefined) at = this.skipValue(at);
      else if (isExcluded && child.path < 0 && !skipsRest && (skipsRest = isExcluded()))
        at = this.skipValue(at);
      else if (skipsRest) {
        this.depth = Number.NEGATIVE_INFINITY;
        return text.length;
      } else at = this.value(child, at, membership);
      let code = text.charCodeAt(at);
      if (code <= 32) code = text.charCodeAt((at = this.space(at)));
      at++;
      if (code === comma) {
        if (text.charCodeAt(at) <= 32) at = this.space(at);
      } else if (code === closeObject) {
        this.depth--;
        return at;
      } else throw this.syntaxError("a comma or the end of the object", at - 1);
    }
  }

  /** Reads a field's name and the colon. */
  private name(node: PathNode, from: number): number {
    const { text } = this;
    if (text.charCodeAt(from) !== quote) throw this.syntaxError("a field name", from);
    const start = from + 1;
    const initial = text.charCodeAt(start);
    const { initials } = node;
    let end = 0;
    let isPlain = initial !== quote && initial !== dot;
    this.currentNode = undefined;
    for (let i = 0; i < initials.length; i++) {
      if (initials[i] !== initial) continue;
      const name = node.names[i] as string;
      if (!text.startsWith(name, start)) continue;
      const after = text.charCodeAt(start + name.length);
      if (after === quote) {
        end = start + name.length;
        this.currentNode = node.nodes[i];
        break;
      }
      if (after === dot) isPlain = false;
    }
    if (end === 0) {
      end = this.endOfString(from) - 1;
      if (this.escapes && isPlain) isPlain = !text.slice(start, end).includes("\\");
      if (!isPlain) this.currentNode = this.nodeOfUnusualName(node, text.slice(from, end + 1));
    }
    let at = end + 1;
    if (text.charCodeAt(at) <= 32) at = this.space(at);
    if (text.charCodeAt(at) !== colon) throw this.syntaxError("a colon", at);
    at++;
    return text.charCodeAt(at) <= 32 ? this.space(at) : at;
  }

  /** For a name that is empty or contains dots or escapes. */
  private nodeOfUnusualName(from: PathNode, quoted: string): PathNode | undefined {
    const name = this.unescaped(quoted);
    if (!stepIsUsed(this.steps, name)) return undefined;
    let node: PathNode | undefined = from;
    for (const part of name.split(".")) node &&= childNamed(node, part);
    return node;
  }

  private value(node: PathNode, at: number, membership: Membership): number {
    const code = this.text.charCodeAt(at);
    if (code === openObject) {
      return node.nodes.length > 0 ? this.object(node, at, membership) : this.skipValue(at);
    }
    if (code === openArray) return this.array(node, at, membership);
    return node.path < 0 ? this.skipValue(at) : this.leaf(node.path, at, code, membership);
  }

  private array(node: PathNode, from: number, membership: Membership): number {
    const { text } = this;
    const array = this.arrays++;
    this.enter(from);
    let at = this.space(from + 1);
    if (text.charCodeAt(at) === closeArray) {
      this.depth--;
      return at + 1;
    }
    for (let element = 0; ; element++) {
      const code = text.charCodeAt(at);
      const nested = code === openObject || code === openArray;
      at = this.space(this.value(node, at, nested ? [...membership, { array, element }] : membership));
      const end = text.charCodeAt(at);
      if (end === closeArray) {
        this.depth--;
        return at + 1;
      }
      if (end !== comma) throw this.syntaxError("a comma or the end of the array", at);
      at = this.space(at + 1);
    }
  }

  private leaf(path: number, at: number, code: number, membership: Membership): number {
    const end = this.skipScalar(at, code);
    const written = this.text.slice(at, end);
    let leaf: EventLeaf;
    if (code === quote) leaf = { kind: LeafKind.String, text: this.unescaped(written), membership };
    else if (written === "true" || written === "false" || written === "null") {
      leaf = { kind: LeafKind.Word, text: written, membership };
    } else {
      if (!numberText.test(written)) throw this.syntaxError("a value", at);
      leaf = { kind: LeafKind.Number, text: written, membership };
    }
    const list = this.leaves[path] as EventLeaf[];
    if (list.length === 0) this.touched.push(path);
    list.push(leaf);
    if (membership.length > 0) this.anyInArray = true;
    return end;
  }

  private unescaped(quoted: string): string {
    if (!this.escapes || !quoted.includes("\\")) return quoted.slice(1, -1);
    try {
      const node = parseJson(quoted);
      if (node.kind === "string") return node.value;
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
    }
    throw this.syntaxError("a string", this.text.indexOf(quoted));
  }

  private skipScalar(from: number, code: number): number {
    if (code === quote) return this.endOfString(from);
    const { text } = this;
    let at = from;
    for (let next = code; next > 32 && next !== comma && next !== closeObject && next !== closeArray;) {
      next = text.charCodeAt(++at);
    }
    if (at === from) throw this.syntaxError("a value", at);
    return at;
  }

  private skipValue(from: number): number {
    const { text } = this;
    const first = text.charCodeAt(from);
    if (first !== openObject && first !== openArray) return this.skipScalar(from, first);
    const end = text.length;
    let depth = 0;
    for (let at = from; at < end; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) at = this.endOfString(at) - 1;
      else if (code === openObject || code === openArray) depth++;
      else if ((code === closeObject || code === closeArray) && --depth === 0) return at + 1;
    }
    throw this.syntaxError("the end of the object or array", end);
  }

  /** The offset after the string that starts at `from`. */
  private endOfString(from: number): number {
    const { text } = this;
    for (let at = from; ;) {
      at = text.indexOf('"', at + 1);
      if (at < 0) throw this.syntaxError("the end of the string", text.length);
      if (!this.escapes || text.charCodeAt(at - 1) !== backslash) return at + 1;
      let escapes = 1;
      while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++;
      if (escapes % 2 === 0) return at + 1;
    }
  }

  private space(from: number): number {
    const { text } = this;
    let at = from;
    let code = text.charCodeAt(at);
    while (code === 32 || code === 10 || code === 13 || code === 9) code = text.charCodeAt(++at);
    return at;
  }

  private enter(at: number): void {
    if (++this.depth > 1000) throw this.syntaxError("an event nested less deep", at);
  }

  private syntaxError(wanted: string, at: number): EventTextError {
    return new EventTextError(`The event is not JSON: ${wanted} was expected at offset ${at}`);
  }
}

function newNode(): PathNode {
  return { path: -1, names: [], initials: [], nodes: [] };
}

function childNamed(node: PathNode, name: string): PathNode | undefined {
  const at = node.names.indexOf(name);
  return at < 0 ? undefined : node.nodes[at];
}

function addChild(node: PathNode, name: string): PathNode {
  const child = newNode();
  node.names.push(name);
  node.initials.push(name.charCodeAt(0));
  node.nodes.push(child);
  return child;
}
