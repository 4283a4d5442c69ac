/** Many rules at once. */
import { fieldsOf, leavesOf, matchesFields, readEvent, stepsOf } from "./match";
import { parseBranches } from "./parse";

/** The names of the rules whose pattern the event matches, in the order of the rules. */
export type Matcher = (eventText: string) => string[];

/** @throws EventPatternError when a pattern is invalid */
export function compile(rules: readonly (readonly [name: string, patternText: string])[]): Matcher {
  const compiled = rules.map(([name, text]) => ({ name, branches: parseBranches(text) }));
  const steps = stepsOf(compiled.flatMap(({ branches }) => branches.flatMap((branch) => [...branch.keys()])));
  const ready = compiled.map(({ name, branches }) => ({ name, branches: branches.map(fieldsOf) }));
  return (eventText) => {
    const leaves = leavesOf(readEvent(eventText), steps);
    return ready
      .filter(({ branches }) => branches.some((fields) => matchesFields(fields, leaves)))
      .map(({ name }) => name);
  };
}
