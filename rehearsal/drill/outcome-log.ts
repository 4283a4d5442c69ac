/** Keeps the outcomes of a run, so that each drill can wait for its own. */
import type { Outcome } from "../../controls/lib/outcome";
import type { OutcomeFeed } from "./types";

type Listener = (outcome: Outcome) => void;

export interface OutcomeLog {
  /** The outcomes that the control has reported for the resource so far, oldest first. */
  of(control: string, resourceArn: string): readonly Outcome[];
  /**
   * Waits for an outcome of the resource that fulfils `wanted`; one that was reported before counts too.
   * @returns undefined when `signal` ended the wait.
   */
  wait(
    control: string,
    resourceArn: string,
    wanted: (outcome: Outcome) => boolean,
    signal: AbortSignal,
  ): Promise<Outcome | undefined>;
  close(): void;
}

/** Records outcomes from now on, until `close`. */
export function recordOutcomes(feed: OutcomeFeed): OutcomeLog {
  const kept = new Map<string, Outcome[]>();
  const listeners = new Map<string, Set<Listener>>();
  const keyOf = (control: string, arn: string) => `${control}\n${arn}`;
  const close = feed.subscribe((outcome) => {
    if (outcome.resource === null) return;
    const key = keyOf(outcome.control, outcome.resource.arn);
    const list = kept.get(key) ?? [];
    list.push(outcome);
    kept.set(key, list);
    for (const listener of [...(listeners.get(key) ?? [])]) listener(outcome);
  });
  return {
    close,
    of: (control, arn) => kept.get(keyOf(control, arn)) ?? [],
    wait(control, arn, wanted, signal) {
      const key = keyOf(control, arn);
      const before = kept.get(key)?.find(wanted);
      if (before !== undefined || signal.aborted) return Promise.resolve(before);
      return new Promise((resolve) => {
        const finish = (outcome: Outcome | undefined) => {
          listeners.get(key)?.delete(listener);
          signal.removeEventListener("abort", stop);
          resolve(outcome);
        };
        const listener: Listener = (outcome) => {
          if (wanted(outcome)) finish(outcome);
        };
        const stop = () => finish(undefined);
        listeners.set(key, (listeners.get(key) ?? new Set()).add(listener));
        signal.addEventListener("abort", stop);
      });
    },
  };
}
