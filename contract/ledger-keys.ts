/** Where things are in the ledger. The command finds them by these too. */
import { createHash } from "node:crypto";

/** The lists of the index beside those of outcomes, which bear their control's id. */
export const BREAKERS = "breakers";
export const EXEMPTIONS = "exemptions";
/** The table's index: `list` and, within it, `at`. */
export const LIST_INDEX = "list";

const DIGITS = 20;
const hash = (...parts: string[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, DIGITS);

/** Of an outcome: the same for every delivery of an event, also if it comes another way. */
export const outcomeId = (control: string, resource: string, event: string) => hash(control, resource, event);

/** Of the resource's item: who works on it, what was done lately, and its circuit breaker. */
export const resourceId = (control: string, resource: string) => `r-${hash("resource", control, resource)}`;

/** Of the exemption that an undo pinned. */
export const pinId = (control: string, resource: string) => `x-${hash("exemption", control, resource)}`;

/** Of the record of who set the exempting tag. */
export const grantId = (control: string, resource: string) => `t-${hash("tag", control, resource)}`;

/** Of what a control remembers of earlier events in an account, under a key of its own. */
export const memoryId = (control: string, account: string, key: string) =>
  `m-${hash("memory", control, account, key)}`;

/** Of the circuit breaker of a control in an account. */
export const accountBreakerId = (control: string, account: string) =>
  `a-${hash("account", control, account)}`;

/** The number of the fixed window of so many minutes; its fraction is how much of it is over. @param at milliseconds since 1970 */
export const windowAt = (at: number, minutes: number) => at / (minutes * 60_000);

/** Of the count of what a control did in an account within one window. */
export const countId = (control: string, account: string, window: number) =>
  `c-${hash("count", control, account, String(window))}`;
