/** What every control's message.cases.ts exports: how the events lead to the messages that its message.txt states. */
import type { mockClient } from "aws-sdk-client-mock";
import type { DeployedPath } from "./deployed-path";

/** By the name of an event in the control's folder; words after it distinguish several cases of one event. */
export type MessageCases = Readonly<Record<string, MessageCase>>;

export interface MessageCase {
  /** Makes AWS answer the function. `mock` gives the mock of a class of clients, which the spec restores. */
  aws?(mock: typeof mockClient): void;
  /** As a stack may set them. */
  parameters?: object;
  /** What was deployed, for a control that compares with it. */
  deployed?: DeployedPath;
  /** How often the event happens: the last message counts. */
  times?: number;
}
