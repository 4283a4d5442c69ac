/** Parts of controls' parameters. */
import * as v from "valibot";

export function wholeNumber(from: number, to: number) {
  const words = `a whole number from ${from} to ${to}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(from, words), v.maxValue(to, words));
}
