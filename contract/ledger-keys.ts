/**
 * Keys of the ledger's items. Functions and command compute the same ones. Each key begins, behind its prefix, with the digits of its
 * control, by which IAM limits a control's function to its own items (`dynamodb:LeadingKeys`).
 */
import { createHash } from "node:crypto";

/** The index's lists of open breakers and of exemptions. The lists of outcomes have their control's id. */
export const BREAKERS = "breakers";
export const EXEMPTIONS = "exemptions";

const CONTROL_DIGITS = 6;
const DIGITS = 20;
/** Of items about resources, whose names their owners choose: too many to find two names with the same digits. */
const RESOURCE_DIGITS = 32;
const OUTCOME_ID = new RegExp(`^[0-9a-f]{${DIGITS}}$`);

/** What keys of other items than outcomes begin with. */
const PREFIXES = {
  resource: "r-",
  exemption: "x-",
  tag: "t-",
  memory: "m-",
  account: "a-",
  count: "c-",
} as const;
type Kind = keyof typeof PREFIXES;

const hash = (parts: string[], digits: number) =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, digits);

/** The digits that all keys of a control's items have. No two controls of a stack have the same ones. */
export const controlDigits = (control: string) => hash(["control", control], CONTROL_DIGITS);

const keyOf = (kind: Kind, control: string, ...parts: string[]) =>
  `${PREFIXES[kind]}${controlDigits(control)}${hash([kind, control, ...parts], RESOURCE_DIGITS - CONTROL_DIGITS)}`;

/** An outcome: the same for every delivery of an event, by whatever path it arrives. */
export const outcomeId = (control: string, resource: string, event: string) =>
  `${controlDigits(control)}${hash([control, resource, event], DIGITS - CONTROL_DIGITS)}`;
export const isOutcomeId = (id: string) => OUTCOME_ID.test(id);

/** The resource's item: who works on it, its latest actions, and its circuit breaker. */
export const resourceId = (control: string, resource: string) => keyOf("resource", control, resource);
export const isResourceId = (id: string) => id.startsWith(PREFIXES.resource);

/** The exemption that an undo left. */
export const pinId = (control: string, resource: string) => keyOf("exemption", control, resource);
export const isPinId = (id: string) => id.startsWith(PREFIXES.exemption);

/** The record of who set the exempting tag. */
export const grantId = (control: string, resource: string) => keyOf("tag", control, resource);

/** What a control remembers of earlier events in an account, under a key of its own. */
export const memoryId = (control: string, account: string, key: string) =>
  keyOf("memory", control, account, key);

/** The circuit breaker of a control in an account. */
export const accountBreakerId = (control: string, account: string) => keyOf("account", control, account);
export const isAccountBreakerId = (id: string) => id.startsWith(PREFIXES.account);

/** The number of a fixed window of `minutes`; its fraction is how much of it has passed. @param at milliseconds since 1970 */
export const windowAt = (at: number, minutes: number) => at / (minutes * 60_000);

/** The number of a control's actions in an account within one fixed window. */
export const countId = (control: string, account: string, window: number) =>
  keyOf("count", control, account, String(window));

const ALL_KINDS: readonly (Kind | "outcome")[] = ["outcome", ...(Object.keys(PREFIXES) as Kind[])];

/** Patterns of the keys of a control's items, of all kinds or of these, as IAM's StringLike reads them. */
export function keyPatterns(control: string, kinds: readonly (Kind | "outcome")[] = ALL_KINDS): string[] {
  return kinds.map((kind) => `${kind === "outcome" ? "" : PREFIXES[kind]}${controlDigits(control)}*`);
}

/** What a control's function writes: everything but exemptions, which would keep it from acting. */
export const WRITTEN_BY_CONTROL = ALL_KINDS.filter((kind) => kind !== "exemption");

/** What an undo writes: its outcome and the one that it undoes, its lock of the resource, and the exemption that it leaves. */
export const WRITTEN_BY_UNDO: readonly (Kind | "outcome")[] = ["outcome", "resource", "exemption"];
