/**
 * Event patterns as types, so that a wrong operator is a compile error, and the errors of patterns and events as texts.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */

/** A value that a field must equal. */
export type PatternValue = string | number | boolean | null;

export type NumericCondition =
  readonly ["=" | "<" | "<=" | ">" | ">=", number] | readonly [">" | ">=", number, "<" | "<=", number];

/** A condition on a field, in place of a value: an object with exactly one of these keys. */
export type PatternOperator =
  | { readonly prefix: string | { readonly "equals-ignore-case": string } }
  | { readonly suffix: string | { readonly "equals-ignore-case": string } }
  | { readonly "equals-ignore-case": string }
  /** `*` stands for any characters, `\*` for an asterisk. No two in a row. */
  | { readonly wildcard: string }
  | { readonly "anything-but": string | number | readonly string[] | readonly number[] | AnythingButOperator }
  /** Between −5e9 and 5e9. */
  | { readonly numeric: NumericCondition }
  /** Only values count: a field that holds an object or an empty array doesn't exist. */
  | { readonly exists: boolean }
  /** IPv4 with 0–31 or IPv6 with 0–127 mask bits. */
  | { readonly cidr: string };

export type AnythingButOperator =
  | { readonly prefix: string | readonly string[] }
  | { readonly suffix: string | readonly string[] }
  | { readonly "equals-ignore-case": string | readonly string[] }
  | { readonly wildcard: string | readonly string[] };

/** The alternatives for a field's value. Never empty. */
export type FieldPattern = readonly (PatternValue | PatternOperator)[];

/** At least two objects, one of which must match. */
export type OrPatterns<P> = readonly [P, P, ...P[]];

/** The pattern of a field that is an object: all fields that it names must match. */
export interface ObjectPattern {
  readonly $or?: OrPatterns<ObjectPattern>;
  readonly [field: string]: FieldPattern | ObjectPattern | OrPatterns<ObjectPattern> | undefined;
}

/** An event pattern: all fields that it names must match. */
export interface EventPattern {
  readonly source?: FieldPattern;
  readonly "detail-type"?: FieldPattern;
  /** The account that the event comes from. */
  readonly account?: FieldPattern;
  readonly region?: FieldPattern;
  readonly resources?: FieldPattern;
  readonly detail?: ObjectPattern;
  readonly id?: FieldPattern;
  readonly time?: FieldPattern;
  readonly version?: FieldPattern;
  /** Set on events that an archive's replay sends. */
  readonly "replay-name"?: FieldPattern;
  readonly $or?: OrPatterns<EventPattern>;
}

/** PutRule would refuse the pattern. `path` is the field, with dots between the steps, or empty for the whole pattern. */
export class EventPatternError extends Error {
  override name = "EventPatternError";
  /** The code of the error that PutRule answers with. */
  readonly code = "InvalidEventPatternException";
  constructor(
    readonly reason: string,
    readonly path: string,
    readonly line = 1,
    readonly column = 1,
  ) {
    const where = path === "" ? "the pattern" : `"${path}"`;
    super(`Event pattern is not valid. Reason: ${reason} at [${where}; line: ${line}, column: ${column}]`);
  }
}

/** The event is not a JSON object, so no pattern can match it. */
export class EventTextError extends Error {
  override name = "EventTextError";
}
