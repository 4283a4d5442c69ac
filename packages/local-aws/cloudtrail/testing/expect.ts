/** Compares a record with the expected one, and names each field that differs. */
import type { Json } from "@bailiwick/aws-events/record";

type Test = (value: unknown) => boolean;

/** A value, or a test of one. Objects are compared member by member, no more and no fewer. */
export type Expected = null | boolean | number | string | Test | Expected[] | { [name: string]: Expected };

export const text = (pattern: RegExp = /./): Test =>
  Object.assign((value: unknown) => typeof value === "string" && pattern.test(value), {
    says: String(pattern),
  });
export const number: Test = (value) => typeof value === "number";
/** `Jul 30, 2024, 9:46:15 PM` */
export const time = text(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2} [AP]M$/);
/** `Aug 1, 2024 1:37:41 PM` */
export const olderTime = text(/^[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d{2}:\d{2} [AP]M$/);
export const uuid = text(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
export const list: Test = (value) => Array.isArray(value);

const more = Symbol("more");
/** At least these members, for answers in which the emulator has more or fewer than AWS. */
export const atLeast = (members: { [name: string]: Expected }): { [name: string]: Expected } =>
  Object.assign({ ...members }, { [more]: true });

/** @returns one line for each field that differs; none if all is as expected. */
export function differences(actual: Json | undefined, expected: Expected, path = ""): string[] {
  const here = path === "" ? "the record" : path;
  if (typeof expected === "function")
    return expected(actual)
      ? []
      : [`${here}: ${show(actual)} is not ${(expected as { says?: string }).says ?? expected.name}`];
  if (expected === null || typeof expected !== "object")
    return actual === expected ? [] : [`${here}: ${show(actual)} instead of ${show(expected)}`];
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      return [`${here}: ${show(actual)} is no list of ${expected.length}`];
    return expected.flatMap((item, index) => differences(actual[index], item, `${path}[${index}]`));
  }
  if (actual === null || typeof actual !== "object" || Array.isArray(actual))
    return [`${here}: ${show(actual)} is no object`];
  const unexpected = more in expected ? [] : Object.keys(actual).filter((name) => !(name in expected));
  return [
    ...unexpected.map((name) => `${path}.${name}: not expected, but ${show(actual[name])}`),
    ...Object.entries(expected).flatMap(([name, value]) =>
      name in actual ? differences(actual[name], value, `${path}.${name}`) : [`${path}.${name}: missing`],
    ),
  ];
}

const show = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 200);
