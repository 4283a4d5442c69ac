/** What a control's siblings.ts exports: why calls that concern its kind of resource are not among its events. */
export interface Siblings {
  /** The service by the name of its SDK client: `route-53` of `@aws-sdk/client-route-53`. */
  client: string;
  /** What the names of such calls contain. */
  noun: RegExp;
  /** Reasons, each a sentence, by the names of the calls that they are for. Calls that only read need none. */
  not: readonly (readonly [calls: RegExp, reason: string])[];
}
