/**
 * Why a drill failed, in one sentence. The traced path of the offending call shows where its event stopped; what the trace can't show
 * (a queue that nothing reads, a function that crashes) is looked up where an operator would look.
 */
import { controlName } from "../../contract/names";
import type { Outcome } from "../../controls/lib/outcome";
import { reachedTarget, type Explanation, type Trace } from "@bailiwick/local-aws/trace";
import { offendingCall } from "./offending-call";
import type { Diagnosis, Diagnose, DrillCase, FailedDrill } from "./types";

/** Facts about a control's path that can be looked up in the organization. */
export interface PathFacts {
  /** Why CloudTrail records nothing of this account and region; undefined if a trail that is logging covers them. */
  unrecorded(drillCase: DrillCase): Promise<string | undefined>;
  /** One sentence on what is wrong with the forwarding rules of this account and region; undefined if nothing is. */
  forwarding(drillCase: DrillCase): Promise<string | undefined>;
  /** The control's queue and function, and their errors. */
  pipeline(drillCase: DrillCase, since: number): Promise<PipelineFacts>;
}

export interface PipelineFacts {
  /** Undefined: the queue does not exist. */
  queue?: { waiting: number; inFlight: number };
  /** Messages that were given up, and the newest one's reason. */
  deadLetters: { count: number; error?: string };
  /** `state` as Lambda has it; undefined: the function does not exist. */
  function?: { state: string; lastError?: string };
  /** State of the event source mapping from queue to function, undefined if there is none. */
  mapping?: string;
}

/** Finds a failed drill's cause by its outcomes, its trace and the facts of its path, in this order. */
export function diagnoseWith(trace: Pick<Trace, "find" | "explain">, facts: PathFacts): Diagnose {
  return async (failed) => {
    const reported = fromOutcomes(failed.outcomes);
    if (reported?.final) return reported;
    const path = offendingCall(trace, failed);
    try {
      return await fromPath(failed, path, facts, reported);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { cause: reported?.cause ?? `The cause could not be looked up: ${why}`, final: false };
    }
  };
}

async function fromPath(
  { case: drillCase, since }: FailedDrill,
  path: Explanation | undefined,
  facts: PathFacts,
  reported: Diagnosis | undefined,
): Promise<Diagnosis> {
  const place = `${drillCase.account.name} (${drillCase.account.id}) in ${drillCase.region}`;
  if (reported !== undefined) return reported;
  // Another rule's target may have failed: only this control's branch counts.
  const elsewhere = path !== undefined && reachedTarget(path, controlName(drillCase.control.id));
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
          `The function of ${last.control} could not remediate it: ${last.error ?? "it does not say why"}`,
        ),
        final: last.retryable !== true,
      };
    case "notified":
      return {
        cause: `The function of ${last.control} only notified, because its mode is notify here. Set it to enforce.`,
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

/** The cause that queue and function show; undefined if they look healthy. */
function fromPipeline(drillCase: DrillCase, facts: PipelineFacts): Diagnosis | undefined {
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
      cause: `The function of ${id} has taken the event and has not finished with it.`,
      final: false,
    };
  if (facts.queue.waiting > 0)
    return {
      cause: `The event waits in the queue of ${id}: the function is busy or has not started.`,
      final: false,
    };
  return undefined;
}

function unknownCause(path: Explanation, place: string): string {
  const last = path.steps.at(-1);
  return asSentence(
    path.pending ?? `The path of the call in ${place} ends after: ${last?.text ?? "nothing"}`,
  );
}

const countOf = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;

/** The text in one line, with a full stop. */
function asSentence(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
