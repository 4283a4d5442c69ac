/**
 * EventBridge event patterns: check, match, index, pack.
 *
 * Patterns and events are texts here: matching depends on repeated fields and on how numbers are written, which JSON.parse
 * loses. `EventPattern` is the type of patterns that stand in a program.
 */
import { fieldsOf, leavesOf, matchesFields, readEvent, stepsOf } from "./match";
import { parseBranches } from "./parse";
import { EventPatternError } from "./pattern";

export * from "./pattern";
export * from "./record";
export { parsePattern, patternText } from "./parse";
export { compile, RuleIndex, type Matcher } from "./rules";
export { cloudTrailEvent, type RecordFault } from "./cloudtrail";
export { globalServicesRegion, partitionOf } from "./partitions";
export { packPatterns, type Packing, type PackOptions } from "./pack";

/** Would PutRule accept the pattern? If not, `error` gives the reason in AWS's words, with the field. */
export function validate(patternText: string): { valid: boolean; error?: string } {
  try {
    parseBranches(patternText);
    return { valid: true };
  } catch (error) {
    if (error instanceof EventPatternError) return { valid: false, error: error.message };
    throw error;
  }
}

/**
 * Does the event match the pattern?
 * @throws EventPatternError when the pattern is invalid
 * @throws EventTextError when the event is not a JSON object
 */
export function matches(patternText: string, eventText: string): boolean {
  const branches = parseBranches(patternText);
  const leaves = leavesOf(readEvent(eventText), stepsOf(branches.flatMap((branch) => [...branch.keys()])));
  return branches.some((branch) => matchesFields(fieldsOf(branch), leaves));
}
