/** What the functions' own events are called on the hub bus. */

/** What became of an event: an `Outcome`. */
export const OUTCOME_SOURCE = "bailiwick";
export const OUTCOME_DETAIL_TYPE = "Control Outcome";

/** A message to a channel, made of outcomes. */
export const NOTIFICATION_SOURCE = "bailiwick.notification";
export const NOTIFICATION_DETAIL_TYPE = "Channel Message";
