/** Names on the path of the events, which controls know as well as program and functions. */

/** Names of the program's resources begin with it. */
export const NAME_PREFIX = "bailiwick-";

export const HUB_BUS_NAME = "bailiwick";

/** The control that keeps the path intact. */
export const PATH_CONTROL = "events-forwarding-intact";

/** The role with which EventBridge forwards an account's events; the names of the rules begin with it. */
export const FORWARDING_ROLE_NAME = `${NAME_PREFIX}forwarding`;

/** The dead-letter queue of an account's forwarding rules. */
export const FORWARDING_DLQ_NAME = `${FORWARDING_ROLE_NAME}-dlq`;

/** A second rule for the events of tampering alone, with a role of its own: each rule's tampering passes through the other one. */
export const GUARD_RULE_NAME = `${NAME_PREFIX}guard`;
export const GUARD_ROLE_NAME = `${GUARD_RULE_NAME}-forwarding`;
