/**
 * A strict reader of JSON (RFC 8259) that keeps what event patterns depend on and JSON.parse loses: repeated keys, their
 * order, and numbers as they were written.
 */

export interface JsonNodeBase {
  /** Offset of the value's first character in the text. */
  at: number;
}
export type JsonNode = JsonNodeBase &
  (
    | { kind: "object"; members: { name: string; value: JsonNode }[] }
    | { kind: "array"; items: JsonNode[] }
    | { kind: "string"; value: string }
    | { kind: "number"; text: string }
    | { kind: "literal"; text: "true" | "false" | "null" }
  );

/** The text is not JSON. `at` is the offset of the character that can't be read. */
export class JsonTextError extends Error {
  override name = "JsonTextError";
  constructor(
    readonly reason: string,
    readonly at: number,
  ) {
    super(`${reason} (at offset ${at})`);
  }
}

/** As deep as AWS's own matcher reads. */
const MAX_DEPTH = 1000;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// eslint-disable-next-line no-control-regex -- control characters are what JSON forbids in strings
const plainString = /[^"\\\u0000-\u001f]*/y;

/**
 * Reads a text that is one JSON value.
 * @throws JsonTextError
 */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.space();
  if (reader.at < text.length) throw new JsonTextError("Unexpected text after the value", reader.at);
  return value;
}

class Reader {
  at = 0;
  constructor(private readonly text: string) {}

  space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  value(depth: number): JsonNode {
    if (depth > MAX_DEPTH) throw new JsonTextError(`Document nesting depth exceeds ${MAX_DEPTH}`, this.at);
    this.space();
    const at = this.at;
    const start = this.text[at];
    switch (start) {
      case "{":
        return { kind: "object", at, members: this.members(depth) };
      case "[":
        return { kind: "array", at, items: this.items(depth) };
      case '"':
        return { kind: "string", at, value: this.string() };
      case "t":
        return { kind: "literal", at, text: this.word("true") };
      case "f":
        return { kind: "literal", at, text: this.word("false") };
      case "n":
        return { kind: "literal", at, text: this.word("null") };
      default:
        return { kind: "number", at, text: this.number() };
    }
  }

  private members(depth: number): { name: string; value: JsonNode }[] {
    const members: { name: string; value: JsonNode }[] = [];
    this.at++;
    this.space();
    if (this.take("}")) return members;
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') throw this.unexpected("a field name in double quotes");
      const name = this.string();
      this.space();
      if (!this.take(":")) throw this.unexpected("a colon after the field name");
      members.push({ name, value: this.value(depth + 1) });
      this.space();
      if (this.take("}")) return members;
      if (!this.take(",")) throw this.unexpected("a comma or the end of the object");
    }
  }

  private items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.at++;
    this.space();
    if (this.take("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      this.space();
      if (this.take("]")) return items;
      if (!this.take(",")) throw this.unexpected("a comma or the end of the array");
    }
  }

  private string(): string {
    const start = this.at;
    let plain = true;
    this.at++;
    for (;;) {
      plainString.lastIndex = this.at;
      plainString.test(this.text);
      this.at = plainString.lastIndex;
      const next = this.text[this.at];
      if (next === '"') break;
      if (next !== "\\") throw this.unexpected("the end of the string");
      plain = false;
      this.at += 2;
    }
    this.at++;
    if (plain) return this.text.slice(start + 1, this.at - 1);
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      throw new JsonTextError("Unrecognized character escape in a string", start);
    }
  }

  private number(): string {
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (!found) throw this.unexpected("a value");
    this.at = number.lastIndex;
    if (/[\w.+-]/.test(this.text[this.at] ?? "")) throw this.unexpected("the end of the number");
    return found[0];
  }

  private word<T extends string>(word: T): T {
    if (!this.text.startsWith(word, this.at) || /\w/.test(this.text[this.at + word.length] ?? ""))
      throw this.unexpected("a value");
    this.at += word.length;
    return word;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private unexpected(wanted: string): JsonTextError {
    const found = this.text[this.at];
    return new JsonTextError(
      found === undefined
        ? `Unexpected end-of-input: ${wanted} was expected`
        : `Unexpected character ('${found}'): ${wanted} was expected`,
      this.at,
    );
  }
}
