/** Patterns of actions and resources, compared with each other. */

/** Whether every pattern of `inner` is contained in one of `outer`. Without the element (NotAction, NotResource) only `*` contains. */
export function covers(outer: string[] | undefined, inner: string[] | undefined): boolean {
  if (outer?.includes("*")) return true;
  if (!outer || !inner || inner.length === 0) return false;
  return inner.every((pattern) => outer.some((wider) => contains(wider, pattern)));
}

/**
 * A pattern contains another when it matches its text: its `*` matches the other's wildcards, its letters and `?` don't. Walks both
 * once and goes back to the last `*` only, since whoever writes a policy could make a regular expression run for hours.
 */
function contains(wider: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < pattern.length;) {
    const symbol = wider[at];
    if (symbol === "*") {
      star = at++;
      resume = index;
    } else if (symbol === pattern[index] || (symbol === "?" && pattern[index] !== "*")) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  return /^\**$/.test(wider.slice(at));
}

export function lowerCase(patterns: string[] | undefined): string[] | undefined {
  return patterns?.map((pattern) => pattern.toLowerCase());
}
