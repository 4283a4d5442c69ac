/** One drill from beginning to end: prepare, offend, wait for the good state and the report, try the benign case, clean up. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DrillContext, CheckResult } from "../../controls/lib/drill/drill";
import type { Outcome } from "../../controls/lib/outcome";
import { waitForPossibleEnd } from "@bailiwick/local-aws/organization-end";
import type { OutcomeLog } from "./outcome-log";
import type { Diagnose, DrillCase, DrillResult, DrillStep, BenignResult } from "./types";

interface RunDrillOptions {
  context: DrillContext<unknown>;
  outcomes: OutcomeLog;
  diagnose: Diagnose;
  timeoutMilliseconds: number;
  reportMilliseconds: number;
  patienceMilliseconds: number;
  /** Ends the drill; its reason is an Error with a message for people. */
  signal: AbortSignal;
  onStep: (step: DrillStep) => void;
}

/** Between two checks of the state. Each costs the emulator a call, so they become rarer; a report triggers one at once. */
const FIRST_PAUSE_MILLISECONDS = 25;
const LONGEST_PAUSE_MILLISECONDS = 200;
const PAUSE_GROWTH = 1.25;
const DIAGNOSIS_PAUSE_MILLISECONDS = 1_000;

/** Never throws: failures are in the result. */
export async function runDrill(drillCase: DrillCase, options: RunDrillOptions): Promise<DrillResult> {
  const { drill, control, account, region, mode } = drillCase;
  const { context, signal, onStep } = options;
  const result: DrillResult = {
    control: control.id,
    title: control.title,
    severity: control.severity,
    accountId: account.id,
    accountName: account.name,
    region,
    mode,
    held: false,
    detected: false,
    fixed: false,
    outcome: "none",
    benign: "not tried",
  };
  let doing = "preparing the resources";
  let fixture: { value: unknown } | undefined;
  try {
    signal.throwIfAborted();
    onStep("preparing");
    fixture = { value: await drill.prepare(context) };
    doing = "making the offending call";
    await proveControl(drillCase, fixture.value, options, result, (what) => (doing = what));
  } catch (error) {
    result.cause = await causeOf(`The drill itself failed while ${doing}: ${errorText(error)}`, signal);
  }
  if (fixture !== undefined && !signal.aborted) {
    onStep("cleaning up");
    try {
      await drill.cleanUp(context, fixture.value);
    } catch (error) {
      result.cause ??= await causeOf(
        `The drill's resources could not be removed: ${errorText(error)}`,
        signal,
      );
    }
  }
  result.held = result.cause === undefined;
  return result;
}

/** Fills in the result; leaves `cause` undefined only if everything held. */
async function proveControl(
  drillCase: DrillCase,
  fixture: unknown,
  options: RunDrillOptions,
  result: DrillResult,
  doing: (what: string) => void,
): Promise<void> {
  const { drill, control, mode } = drillCase;
  const { context, outcomes, signal, onStep } = options;
  const known = drill.resources(context, fixture);
  let { offended, benign } = known;
  const wanted = mode === "enforce" ? "remediated" : "notified";
  const ask = (resource: string, since: number) =>
    options.diagnose({ case: drillCase, resource, outcomes: outcomes.of(control.id, resource), since });

  if (drill.silentBenign) {
    doing("making the benign change");
    onStep("benign change");
    await drill.benign(context, fixture);
    doing("making the offending call");
  }
  onStep("offending");
  const since = Date.now();
  const before = outcomes.of(control.id, offended).length;
  await drill.offend(context, fixture);
  const offendedAt = performance.now();
  ({ offended, benign } = drill.resources(context, fixture));
  const first = offended === known.offended ? before : 0;

  doing("waiting for the required state");
  onStep("waiting");
  const isWanted = (outcome: Outcome) => outcome.outcome === wanted;
  const check = () => drill.check(context, fixture);
  let diagnosed: string | undefined;
  let state: CheckResult = { good: false, still: "it was not looked at" };
  if (mode === "enforce") {
    ({ state, diagnosed } = await waitForGoodState(
      check,
      offended,
      () => ask(offended, since),
      drillCase,
      options,
    ));
    if (state.good) result.milliseconds = performance.now() - offendedAt;
    result.fixed = state.good;
  } else {
    const inTime = await waitForOutcome(options, offended, control.id, isWanted, options.timeoutMilliseconds);
    if (inTime) result.milliseconds = performance.now() - offendedAt;
    state = await check();
    result.fixed = state.good;
  }

  doing("waiting for the report");
  const times = drill.times?.(context) ?? { reported: 1, benign: 1 };
  const wantedOnes = () => outcomes.of(control.id, offended).slice(first).filter(isWanted);
  if (state.good || mode === "notify")
    await waitForOutcome(options, offended, control.id, () => wantedOnes().length >= times.reported);
  const reported = outcomes.of(control.id, offended).slice(first);
  result.detected = reported.length > 0;
  result.outcome = (reported.find(isWanted) ?? reported.at(-1))?.outcome ?? "none";
  const fault = await faultOf();
  if (fault !== undefined) {
    result.cause = fault;
    return;
  }

  const [outcome, ...others] = wantedOnes();
  const report = outcome && drill.checkReported?.(context, fixture, outcome, [outcome, ...others]);
  if (report?.good === false) {
    result.cause = `The report is wrong. ${report.still}`;
    return;
  }

  const seenBefore = drill.silentBenign ? 0 : outcomes.of(control.id, benign).length;
  const benignSince = Date.now();
  if (!drill.silentBenign) {
    doing("making the benign change");
    onStep("benign change");
    await drill.benign(context, fixture);
    const isSeen = () => outcomes.of(control.id, benign).length >= seenBefore + times.benign;
    await waitForOutcome(options, benign, control.id, isSeen);
  }
  const judged = outcomes.of(control.id, benign).slice(seenBefore);
  const untouched = await drill.checkBenign(context, fixture);
  result.benign = judgeBenign(judged, untouched, drill.silentBenign === true);
  if (result.benign === "untouched") return;
  if (result.benign === "not seen") onStep("diagnosing");
  result.cause =
    result.benign === "not seen"
      ? `The benign case was never reported. ${(await ask(benign, benignSince)).cause}`
      : benignFault(result.benign, judged, untouched);

  async function faultOf(): Promise<string | undefined> {
    if (mode === "notify" && state.good)
      return "The resource was remediated, although the control's mode is notify.";
    if (result.outcome === wanted && (mode === "notify" || state.good)) return undefined;
    signal.throwIfAborted();
    onStep("diagnosing");
    const cause = diagnosed ?? (await ask(offended, since)).cause;
    if (mode === "enforce" && state.good)
      return `The required state came back, but no function reported having restored it. ${cause}`;
    return cause;
  }
}

/** Checks repeatedly until the state is good, time is up, or the diagnosis is final. */
async function waitForGoodState(
  check: () => Promise<CheckResult>,
  resource: string,
  diagnose: () => Promise<{ cause: string; final: boolean }>,
  drillCase: DrillCase,
  options: RunDrillOptions,
): Promise<{ state: CheckResult; diagnosed?: string }> {
  const { outcomes, signal, timeoutMilliseconds } = options;
  const began = performance.now();
  let pause = FIRST_PAUSE_MILLISECONDS;
  let askAgainAt = began + options.patienceMilliseconds;
  for (;;) {
    signal.throwIfAborted();
    const state = await check().catch((error: unknown): CheckResult => ({
      good: false,
      still: errorText(error),
    }));
    if (state.good) return { state };
    const now = performance.now();
    if (now - began > timeoutMilliseconds) return { state };
    if (now > askAgainAt) {
      options.onStep("diagnosing");
      const { cause, final } = await diagnose();
      if (final) return { state: await check(), diagnosed: cause };
      askAgainAt = performance.now() + DIAGNOSIS_PAUSE_MILLISECONDS;
    }
    const seen = outcomes.of(drillCase.control.id, resource).length;
    await waitForOutcome(
      options,
      resource,
      drillCase.control.id,
      () => outcomes.of(drillCase.control.id, resource).length > seen,
      pause,
    );
    pause = Math.min(pause * PAUSE_GROWTH, LONGEST_PAUSE_MILLISECONDS);
  }
}

/** @returns whether the outcome was reported in time. */
async function waitForOutcome(
  options: RunDrillOptions,
  resource: string,
  control: string,
  wanted: (outcome: Outcome) => boolean,
  milliseconds = options.reportMilliseconds,
): Promise<boolean> {
  const over = new AbortController();
  const timer = sleep(milliseconds, undefined, { signal: over.signal }).then(
    () => over.abort(),
    () => undefined,
  );
  const ended = AbortSignal.any([options.signal, over.signal]);
  const outcome = await options.outcomes.wait(control, resource, wanted, ended);
  over.abort();
  await timer;
  options.signal.throwIfAborted();
  return outcome !== undefined;
}

function judgeBenign(judged: readonly Outcome[], untouched: CheckResult, silent: boolean): BenignResult {
  if (!untouched.good) return "changed";
  if (silent) return judged.length === 0 ? "untouched" : "misjudged";
  if (judged.length === 0) return "not seen";
  return judged.every(({ outcome }) => outcome === "compliant") ? "untouched" : "misjudged";
}

function benignFault(fault: BenignResult, judged: readonly Outcome[], untouched: CheckResult): string {
  if (fault === "changed" && !untouched.good)
    return `The benign case, which is allowed, was changed: ${untouched.still}.`;
  const wrong = judged.find(({ outcome }) => outcome !== "compliant") ?? judged[0];
  const why = wrong?.error ?? wrong?.findings.join("; ");
  return `The benign case, which is allowed, was reported as ${wrong?.outcome ?? "something else"}${why ? `: ${why}` : "."}`;
}

/** The cause of an error: the end of the organization if it has ended, otherwise the error itself. */
async function causeOf(errorCause: string, signal: AbortSignal): Promise<string> {
  await waitForPossibleEnd(signal);
  return signal.aborted ? reasonOf(signal) : errorCause;
}

const reasonOf = (signal: AbortSignal) =>
  signal.reason instanceof Error ? signal.reason.message : "The drill was ended early.";

const errorText = (error: unknown) =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
