/**
 * Why a drill failed, in one sentence. The path of the offending call through the organization says where it stopped; what it
 * can't say (a queue nobody reads, a function that crashes) is looked up where an operator would look it up.
 */
import type { Outcome } from "../../controls/lib/outcome";
import { reachedControl, type Explanation, type Trace } from "@bailiwick/local-aws/trace";
import { offendingCall } from "./offending-call";
import type { Diagnosis, Diagnose, DrillCase, FailedDrill } from "./types";

/** What can be looked up in the organization about a control's path. */
export interface PathFacts {
  /** Why CloudTrail records nothing of this account and region; undefined if some trail that logs covers them. */
  unrecorded(drillCase: DrillCase): Promise<string | undefined>;
  /** What is wrong with the forwarding rules of this account and region, one sentence; undefined if nothing is. */
  forwarding(drillCase: DrillCase): Promise<string | undefined>;
  /** The control's queue, function and what they complain of. */
  pipeline(drillCase: DrillCase, since: number): Promise<PipelineFacts>;
}

export interface PipelineFacts {
  /** Undefined: the queue does not exist. */
  queue?: { waiting: number; inFlight: number };
  /** Messages given up, and what the newest says of the reason. */
  deadLetters: { count: number; error?: string };
  /** `state` as Lambda has it; undefined: the function does not exist. */
  function?: { state: string; lastError?: string };
  /** State of the event source mapping from queue to function, undefined if there is none. */
  mapping?: string;
}

/** Looks a failed drill's cause up. */
export function diagnoseWith(trace: Pick<Trace, "find" | "explain">, facts: PathFacts): Diagnose {
  return async (failed) => {
    const told = fromOutcomes(failed.outcomes);
    if (told?.final) return told;
    const path = offendingCall(trace, failed);
    try {
      return await fromPath(failed, path, facts, told);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { cause: told?.cause ?? `The cause could not be looked up: ${why}`, final: false };
    }
  };
}

async function fromPath(
  { case: drillCase, since }: FailedDrill,
  path: Explanation | undefined,
  facts: PathFacts,
  told: Diagnosis | undefined,
): Promise<Diagnosis> {
  const place = `${drillCase.account.name} (${drillCase.account.id}) in ${drillCase.region}`;
  if (told !== undefined) return told;
  // Another rule's target may have stopped: this control's branch counts.
  const elsewhere = path !== undefined && reachedControl(path, drillCase.control.id);
  if (path === undefined || (path.stopped !== undefined && !elsewhere)) {
    const unrecorded = await facts.unrecorded(drillCase);
    if (unrecorded !== undefined) return { cause: unrecorded, final: true };
    if (path === undefined)
      return {
        cause: `No API call on the resource was seen in ${place}: clients must call through the gateway.`,
        final: false,
      };
    const unforwarded = await facts.forwarding(drillCase);
    if (unforwarded !== undefined) return { cause: unforwarded, final: true };
    return { cause: asSentence(path.stopped ?? ""), final: true };
  }
  const pipeline = await facts.pipeline(drillCase, since);
  return fromPipeline(drillCase, pipeline) ?? { cause: unknownCause(path, place), final: false };
}

/** What the functions themselves said. */
function fromOutcomes(outcomes: readonly Outcome[]): Diagnosis | undefined {
  const last = outcomes.findLast(({ outcome }) => outcome === "failed") ?? outcomes.at(-1);
  if (last === undefined) return undefined;
  switch (last.outcome) {
    case "failed":
      return {
        cause: asSentence(
          `The function of ${last.control} could not put it right: ${last.error ?? "it does not say why"}`,
        ),
        final: last.retryable !== true,
      };
    case "notified":
      return {
        cause: `The function of ${last.control} only told, because its mode is notify here. Set it to enforce.`,
        final: true,
      };
    case "exempted":
    case "suppressed":
    case "undone":
      return {
        cause: asSentence(
          `The function of ${last.control} left it as it is (${last.outcome}): ${last.error ?? (last.findings.join("; ") || "it does not say why")}`,
        ),
        final: true,
      };
    case "compliant":
      return {
        cause: `The function of ${last.control} looked at the resource and found nothing wrong with it.`,
        final: false,
      };
    case "remediated":
      return {
        cause: `The function of ${last.control} reports that it did this: ${last.remedies.join("; ") || "nothing"}. The drill still finds the state bad.`,
        final: false,
      };
  }
}

/** What queue and function show. Undefined if they look well. */
export function fromPipeline(drillCase: DrillCase, facts: PipelineFacts): Diagnosis | undefined {
  const id = drillCase.control.id;
  if (facts.queue === undefined)
    return {
      cause: `The queue of ${id} does not exist in the security account: deploy the program again.`,
      final: true,
    };
  if (facts.function === undefined)
    return {
      cause: `The function of ${id} does not exist in the security account: deploy the program again.`,
      final: true,
    };
  if (facts.function.lastError !== undefined)
    return { cause: asSentence(`The function of ${id} crashes: ${facts.function.lastError}`), final: true };
  if (facts.deadLetters.count > 0) {
    const why = facts.deadLetters.error === undefined ? "" : `: ${facts.deadLetters.error}`;
    return {
      cause: asSentence(
        `${countOf(facts.deadLetters.count, "message")} of ${id} ended in its dead-letter queue${why}`,
      ),
      final: true,
    };
  }
  if (facts.mapping === undefined)
    return {
      cause: `Nothing reads the queue of ${id}: its function has no event source mapping.`,
      final: true,
    };
  if (facts.mapping !== "Enabled")
    return {
      cause: `Nothing reads the queue of ${id}: the event source mapping is ${facts.mapping}.`,
      final: true,
    };
  if (facts.queue.inFlight > 0)
    return {
      cause: `The function of ${id} has taken the event and has not come to an end with it.`,
      final: false,
    };
  if (facts.queue.waiting > 0)
    return {
      cause: `The event waits in the queue of ${id}: the function is busy or is not started.`,
      final: false,
    };
  return undefined;
}

function unknownCause(path: Explanation, place: string): string {
  const last = path.steps.at(-1);
  return asSentence(path.pending ?? `The path of the call in ${place} ends after: ${last?.text ?? "nothing"}`);
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** One line that ends as a sentence does. */
function asSentence(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
