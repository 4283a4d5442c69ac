/** Checks markup strictly, for specs: browsers show malformed markup differently. */

const VOID = new Set(["meta", "link", "br", "img", "input", "hr"]);

/**
 * @returns the names of all elements, in order.
 * @throws Error that names the first tag that is not closed or closed in the wrong place, or an attribute without quotes.
 */
export function elementsOf(markup: string): string[] {
  const open: string[] = [];
  const found: string[] = [];
  const text = markup.replace(/<!doctype html>/i, "").replace(/<style>[\s\S]*?<\/style>/g, "<style></style>");
  for (const [tag, slash = "", name = "", attributes = "", selfClosing = ""] of text.matchAll(
    /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*"|\s+[\w:-]+='[^'<]*')*)\s*(\/?)>/g,
  )) {
    void attributes;
    if (slash) {
      const last = open.pop();
      if (last !== name) throw new Error(`${tag} closes ${last ?? "nothing"}.`);
      continue;
    }
    found.push(name);
    if (!selfClosing && !VOID.has(name)) open.push(name);
  }
  if (open.length > 0) throw new Error(`<${open.join("> <")}> stays open.`);
  const rest = text.replace(/<\/?[a-zA-Z][\w:-]*(?:\s+[\w:-]+="[^"<]*"|\s+[\w:-]+='[^'<]*')*\s*\/?>/g, "");
  const stray = /.{0,30}[<>].{0,30}/.exec(rest);
  if (stray !== null) throw new Error(`This is no tag: ${stray[0]}`);
  return found;
}

/** @returns every address that a browser would load to show this. */
export function loadsOf(markup: string): string[] {
  const attributes = [
    ...markup.matchAll(/\s(?:src|href|xlink:href|data|poster|srcset|action)\s*=\s*["']([^"']*)/g),
  ];
  const css = [...markup.matchAll(/(?:url\(\s*["']?|@import\s+["']?)([^"')\s]*)/g)];
  return [...attributes, ...css]
    .map(([, target = ""]) => target)
    .filter((target) => !target.startsWith("#") && target !== "data:,");
}
