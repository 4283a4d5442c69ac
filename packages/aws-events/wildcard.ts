/** Wildcards: `*` stands for any number of characters, `\*` and `\\` for an asterisk and a backslash. */

/**
 * The literal pieces between the asterisks of a wildcard: n asterisks give n + 1 pieces.
 * @throws Error with the reason: two asterisks in a row, or a backslash before anything but `*` and `\`.
 */
export function wildcardPieces(text: string): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    const next = text[i + 1];
    if (character === "*") {
      if (next === "*") throw new Error(`Consecutive wildcard characters at pos ${position(text, i)}`);
      pieces.push(piece);
      piece = "";
    } else if (character === "\\") {
      if (next !== "*" && next !== "\\")
        throw new Error(`Invalid escape character at pos ${position(text, i)}`);
      piece += next;
      i++;
    } else {
      piece += character;
    }
  }
  pieces.push(piece);
  return pieces;
}

/** AWS counts in UTF-8 bytes of the value with its opening quote. */
function position(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index)) + 1;
}

/** Does the text start with the first piece, end with the last, and have the others in order between them? */
export function matchesPieces(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? "";
  const last = pieces[pieces.length - 1] ?? "";
  if (pieces.length === 1) return text === first;
  const end = text.length - last.length;
  if (end < first.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (let i = 1; i < pieces.length - 1; i++) {
    const piece = pieces[i] ?? "";
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}
