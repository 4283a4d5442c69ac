/** Source and detail type of the functions' own events on the hub bus. */

/** The detail is an `Outcome`. */
export const OUTCOME_SOURCE = "bailiwick";
export const OUTCOME_DETAIL_TYPE = "Control Outcome";

/** The detail is a message to a channel, made of outcomes. */
export const NOTIFICATION_SOURCE = "bailiwick.notification";
export const NOTIFICATION_DETAIL_TYPE = "Channel Message";
