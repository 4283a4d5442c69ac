/** Finds the offending call in the trace. */
import type { Explanation, Trace } from "@bailiwick/local-aws/trace";
import type { FailedDrill } from "./types";

/**
 * @returns the path of the newest call on the resource that can have been the offending one: of those that the control looks at, if any
 * was seen, and of these of those that stopped or are under path the newest, else the newest of all. Undefined if no call on it was
 * seen.
 */
export function offendingCall(
  trace: Pick<Trace, "find" | "explain">,
  { case: { account, region, control }, resource, since }: FailedDrill,
): Explanation | undefined {
  const calls = trace.find({ account: account.id, region, resource, since });
  const { eventName: names } = (control.pattern as { detail?: { eventName?: unknown[] } }).detail ?? {};
  const watched = calls.filter(({ eventName }) => names?.includes(eventName));
  const paths = (watched.length > 0 ? watched : calls)
    .map(({ eventId, cloudTrailEventId }) => trace.explain(cloudTrailEventId ?? eventId ?? ""))
    .filter((path) => path !== undefined);
  return (
    paths.findLast(({ stopped, pending }) => stopped !== undefined || pending !== undefined) ?? paths.at(-1)
  );
}
