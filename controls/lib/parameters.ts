/** Parts of controls' parameters. */
import * as v from "valibot";

/** All of a control's parameters, by name: another is refused. */
export const parametersOf = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, "parameters by name");

export function wholeNumber(from: number, to: number) {
  const words = `a whole number from ${from} to ${to}`;
  return v.pipe(v.number(words), v.integer(words), v.minValue(from, words), v.maxValue(to, words));
}
