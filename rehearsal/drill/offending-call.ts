/** Finds the offending call among all that was traced. */
import type { Explanation, Trace } from "@bailiwick/local-aws/trace";
import type { Question } from "./types";

/**
 * @returns the way of the newest call on the resource that can have been the offending one: of those that the control looks at, if any
 * was seen, and of these of those that stopped or are under way the newest, else the newest of all. Undefined if no call on it was
 * seen.
 */
export function matchingCall(
  trace: Pick<Trace, "find" | "explain">,
  { case: { account, region, control }, resource, since }: Question,
): Explanation | undefined {
  const calls = trace.find({ account: account.id, region, resource, since });
  const { eventName: names } = (control.pattern as { detail?: { eventName?: unknown[] } }).detail ?? {};
  const watched = calls.filter(({ eventName }) => names?.includes(eventName));
  const ways = (watched.length > 0 ? watched : calls)
    .map(({ eventId, cloudTrailEventId }) => trace.explain(cloudTrailEventId ?? eventId ?? ""))
    .filter((way) => way !== undefined);
  return (
    ways.findLast(({ stopped, pending }) => stopped !== undefined || pending !== undefined) ?? ways.at(-1)
  );
}
