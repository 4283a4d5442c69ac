/** A reason to refuse a pattern, with its place. It becomes an EventPatternError where the text is known. */
export class Refusal extends Error {
  constructor(
    readonly reason: string,
    /** Offset in the pattern's text. */
    readonly at: number,
    /** The field, with dots between the steps. */
    readonly path: string,
  ) {
    super(reason);
  }
}
