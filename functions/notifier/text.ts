/** Text within limits. */

/** At most `longest` characters; what is cut ends in `…`, and no character is cut in half. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const short = text.slice(0, longest - 1);
  return `${/[\uD800-\uDBFF]$/.test(short) ? short.slice(0, -1) : short}…`;
}

/** `payments (444444444444)`. */
export const accountText = ({ id, name }: { id: string; name?: string }): string =>
  name === undefined ? id : `${name} (${id})`;

/** What is left out of a list, by account: `12 more in payments and web`. */
export function moreText(left: readonly { account?: { id: string; name?: string } }[]): string {
  const names = [...new Set(left.flatMap(({ account }) => (account ? [account.name ?? account.id] : [])))];
  const shown =
    names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} other accounts` : "");
  return `… and ${left.length} more${shown ? ` in ${shown}` : ""}.`;
}
