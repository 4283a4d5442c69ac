/** What events of messages are called on the hub bus. */
export const NOTIFICATION_SOURCE = "bailiwick.notification";
export const NOTIFICATION_DETAIL_TYPE = "Channel Message";
