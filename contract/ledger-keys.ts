/** Keys of the ledger's items. Functions and command compute the same ones. */
import { createHash } from "node:crypto";

/** The index's lists of open breakers and of exemptions. The lists of outcomes have their control's id. */
export const BREAKERS = "breakers";
export const EXEMPTIONS = "exemptions";

const DIGITS = 20;
const OUTCOME_ID = new RegExp(`^[0-9a-f]{${DIGITS}}$`);
const RESOURCE_PREFIX = "r-";
const PIN_PREFIX = "x-";
const ACCOUNT_BREAKER_PREFIX = "a-";

const hash = (...parts: string[]) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, DIGITS);

/** An outcome: the same for every delivery of an event, by whatever path it arrives. */
export const outcomeId = (control: string, resource: string, event: string) => hash(control, resource, event);
export const isOutcomeId = (id: string) => OUTCOME_ID.test(id);

/** The resource's item: who works on it, its latest actions, and its circuit breaker. */
export const resourceId = (control: string, resource: string) =>
  `${RESOURCE_PREFIX}${hash("resource", control, resource)}`;
export const isResourceId = (id: string) => id.startsWith(RESOURCE_PREFIX);

/** The exemption that an undo left. */
export const pinId = (control: string, resource: string) =>
  `${PIN_PREFIX}${hash("exemption", control, resource)}`;
export const isPinId = (id: string) => id.startsWith(PIN_PREFIX);

/** The record of who set the exempting tag. */
export const grantId = (control: string, resource: string) => `t-${hash("tag", control, resource)}`;

/** What a control remembers of earlier events in an account, under a key of its own. */
export const memoryId = (control: string, account: string, key: string) =>
  `m-${hash("memory", control, account, key)}`;

/** The circuit breaker of a control in an account. */
export const accountBreakerId = (control: string, account: string) =>
  `${ACCOUNT_BREAKER_PREFIX}${hash("account", control, account)}`;
export const isAccountBreakerId = (id: string) => id.startsWith(ACCOUNT_BREAKER_PREFIX);

/** The number of a fixed window of `minutes`; its fraction is how much of it has passed. @param at milliseconds since 1970 */
export const windowAt = (at: number, minutes: number) => at / (minutes * 60_000);

/** The number of a control's actions in an account within one fixed window. */
export const countId = (control: string, account: string, window: number) =>
  `c-${hash("count", control, account, String(window))}`;
