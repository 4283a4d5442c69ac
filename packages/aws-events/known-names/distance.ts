/**
 * How many typing errors lie between two words: letters inserted, deleted, replaced, or swapped with their neighbour (optimal
 * string alignment). Own code because the libraries at hand (fastest-levenshtein) count a swap as two errors: to them
 * `rum:UtnagResource` is as near to `rum:TagResource` as to `rum:UntagResource`, and for `chime:xeBtot` they lose
 * `chime:GetBot`. Comparing all swapped spellings by such a library needs no less code and takes more than twice as long.
 */
export function distance(a: string, b: string): number {
  let rowBeforeLast: number[] = [];
  let lastRow = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (lastRow[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min((row[j - 1] ?? 0) + 1, (lastRow[j] ?? 0) + 1, replaced);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (rowBeforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    rowBeforeLast = lastRow;
    lastRow = row;
  }
  return lastRow[b.length] ?? 0;
}
