/** Texts that e-mail and Slack share. */

/** At most `longest` characters. A text that is cut ends in `…`, and no character is split. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const short = text.slice(0, longest - 1);
  return `${/[\uD800-\uDBFF]$/.test(short) ? short.slice(0, -1) : short}…`;
}

/** `payments (444444444444)`. */
export const accountText = ({ id, name }: { id: string; name?: string }): string =>
  name === undefined ? id : `${name} (${id})`;

/** What a list omits, by account: `… and 12 more in payments, web.` */
export function moreText(omitted: readonly { account?: { id: string; name?: string } }[]): string {
  const names = [...new Set(omitted.flatMap(({ account }) => (account ? [account.name ?? account.id] : [])))];
  const shown =
    names.slice(0, 5).join(", ") + (names.length > 5 ? ` and ${names.length - 5} other accounts` : "");
  return `… and ${omitted.length} more${shown ? ` in ${shown}` : ""}.`;
}
