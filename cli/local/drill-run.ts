/** The whole rehearsal: start the organization, deploy, drill, report, tear down. */
import { mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import picocolors from "picocolors";
import { OrganizationEndedError, untilOrganizationEnds } from "@bailiwick/local-aws/organization-end";
import { drillCases, UnknownSelectionError } from "../../rehearsal/drill/cases";
import { diagnoseWith } from "../../rehearsal/drill/diagnose";
import { pathFacts } from "../../rehearsal/drill/path-facts";
import { outcomeFeed } from "../../rehearsal/drill/outcome-feed";
import { messagesText, type DeliveredMessages } from "../../rehearsal/drill/report/messages";
import { renderPage } from "../../rehearsal/drill/report/page";
import { renderPicture } from "../../rehearsal/drill/report/picture";
import { allHeld, summaryOf, verdict, type DrillReport } from "../../rehearsal/drill/report/report";
import { renderText } from "../../rehearsal/drill/report/table";
import { DEFAULT_CONCURRENCY, runDrills } from "../../rehearsal/drill/run-drills";
import type { DrillCase, DrillProgress, DrillResult } from "../../rehearsal/drill/types";
import { beginWeather, WEATHER_CONCURRENCY, WEATHER_DRILL_OPTIONS } from "../../rehearsal/weather";
import { waitForDelivery } from "../../rehearsal/channels/delivery";
import {
  bringUpSteps,
  organizationOf,
  newRunState,
  securityAccount,
  recordPhase,
  type RunState,
} from "./bring-up";
import { CommandError, ExitCode } from "../errors";
import { runToEnd, type RunContext } from "../lifecycle";
import { runSteps, type ReportProgress, type Step } from "../progress";
import { suggestion } from "../suggestion";
import { keepUp } from "./keep-up";
import { componentVersions } from "./versions";

export interface DrillCommandOptions {
  account: string[];
  region: string[];
  json?: boolean;
  report: string;
  picture?: string;
  keep?: boolean;
  /** Absent: the default, which differs in weather. */
  concurrency?: number;
  /** Seconds, likewise. */
  timeout?: number;
  /** A seed, or `true` for any. */
  weather?: true | number;
  verbose?: boolean;
}

interface DrillRunState extends RunState {
  cases: DrillCase[];
  results: DrillResult[];
  messages?: DeliveredMessages;
}

/** Runs to the end of the process; drill.ts loads it. @public @throws CommandError before anything is started if the stack doesn't have what is asked for */
export async function drill(controls: readonly string[], options: DrillCommandOptions): Promise<void> {
  const state = { ...newRunState(), cases: [] as DrillCase[], results: [] as DrillResult[] };
  state.cases = chosenCases(state, controls, options);
  await runToEnd((run) => drillAndReport(run, state, options), { verbose: options.verbose === true });
}

async function drillAndReport(
  run: RunContext,
  state: DrillRunState,
  options: DrillCommandOptions,
): Promise<number> {
  const startedAt = new Date().toISOString();
  const steps: Step<DrillRunState>[] = [
    ...bringUpSteps<DrillRunState>(run),
    {
      title: "Drill",
      run: (_, say) => recordPhase(state, "drill", () => drillAll(run, state, options, say)),
    },
    { title: "Deliver notifications", run: () => recordPhase(state, "notify", () => collectMessages(state)) },
  ];
  await runSteps(steps, state, run);
  const report = await reportOf(state, startedAt, options);
  const file = path.resolve(options.report);
  await write(file, await renderPage(report));
  if (options.picture !== undefined) await write(path.resolve(options.picture), await renderPicture(report));
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    const text = renderText(report, { colors: picocolors.isColorSupported && process.stdout.isTTY });
    process.stdout.write(`\n${text}\nReport: ${path.relative(process.cwd(), file) || file}\n`);
  }
  if (options.keep) await keepUp(run, state);
  return allHeld(report.summary) ? ExitCode.ok : ExitCode.failed;
}

async function drillAll(
  run: RunContext,
  state: DrillRunState,
  options: DrillCommandOptions,
  say: ReportProgress,
): Promise<string> {
  const organization = organizationOf(state);
  const underWay = new Map<DrillCase, string>();
  const { weather } = options;
  if (weather !== undefined) {
    const seed = beginWeather(organization, weather === true ? undefined : weather);
    say(`The weather's seed is ${seed}: --weather ${seed} repeats it.`);
  }
  state.results = await runDrills(organization, state.cases, {
    ...(options.weather === undefined ? {} : WEATHER_DRILL_OPTIONS),
    outcomes: outcomeFeed(organization.trace),
    diagnose: diagnoseWith(organization.trace, pathFacts(organization)),
    concurrency: concurrencyOf(options),
    ...(options.timeout === undefined ? {} : { timeoutMilliseconds: options.timeout * 1000 }),
    signal: run.signal,
    onProgress: (progress) => showProgress(progress, underWay, say),
  });
  const { undecoded } = organization.gateway.statistics;
  const incomplete =
    undecoded === 0 ? "" : `, ${undecoded} calls recorded incompletely: not all of them could be decoded`;
  return `${verdict(summaryOf(state.results))}${incomplete}`;
}

/** Waits for the last messages, so that the report shows all of them. */
export async function collectMessages(state: RunState & { messages?: DeliveredMessages }): Promise<string> {
  const { receiver, settings } = state;
  if (!receiver) return "no channel";
  const channels = settings.channels.map(({ name }) => name);
  const organization = organizationOf(state);
  const idle = () => organization.fabric.idle();
  const undelivered = await untilOrganizationEnds(organization, () =>
    waitForDelivery(securityAccount(state), channels, idle),
  ).catch((error: unknown) => {
    // No more messages will come; the drills' causes say why.
    if (error instanceof OrganizationEndedError) return undefined;
    throw error;
  });
  const { messages: slack, mails, refused } = receiver;
  state.messages = { slack, mails, refused, ...(undelivered ? { undelivered } : {}) };
  return messagesText(state.messages);
}

function showProgress(progress: DrillProgress, underWay: Map<DrillCase, string>, say: ReportProgress): void {
  const { case: drillCase, step, result, done, total } = progress;
  if (step !== undefined) underWay.set(drillCase, step);
  else underWay.delete(drillCase);
  if (result !== undefined) {
    const took = result.milliseconds === undefined ? "" : `, ${Math.round(result.milliseconds)} ms`;
    const text = result.held ? `held${took}` : `FAILED: ${result.cause ?? "no cause is known"}`;
    say(`${done}/${total} ${nameOf(drillCase)}: ${text}`);
  }
  const now = [...underWay].map(([each, doing]) => `${nameOf(each)} (${doing})`);
  if (now.length > 0) say.live(`${done}/${total} · ${now.join(" · ")}`);
}

const nameOf = ({ control, account, region }: DrillCase) => `${control.id} ${account.name} ${region}`;

function chosenCases(
  { settings }: RunState,
  controls: readonly string[],
  options: DrillCommandOptions,
): DrillCase[] {
  try {
    const cases = drillCases(settings, { controls, accounts: options.account, regions: options.region });
    if (cases.length > 0) return cases;
  } catch (error) {
    if (!(error instanceof UnknownSelectionError)) throw error;
    throw new CommandError(`${error.message} ${suggestion(error.wanted, error.known)}`, ExitCode.usage);
  }
  throw new CommandError(
    "There is nothing to drill: these controls are off in these accounts. Switch them on in Pulumi.local.yaml.",
    ExitCode.usage,
  );
}

async function reportOf(
  { settings, organization, results, phases, messages }: DrillRunState,
  startedAt: string,
  options: DrillCommandOptions,
): Promise<DrillReport> {
  const drilled = new Set(results.map(({ control }) => control));
  return {
    version: 1,
    startedAt,
    phases,
    organization: {
      id: settings.organizationId,
      homeRegion: settings.homeRegion,
      regions: settings.regions,
      accounts: organization?.accounts ?? [],
    },
    controls: settings.controls
      .filter(({ control }) => drilled.has(control.id))
      .map(({ control, mode }) => ({
        id: control.id,
        title: control.title,
        severity: control.severity,
        mode,
      })),
    concurrency: concurrencyOf(options),
    results,
    summary: summaryOf(results),
    ...(messages ? { messages } : {}),
    versions: await componentVersions(),
  };
}

const concurrencyOf = ({ concurrency, weather }: DrillCommandOptions) =>
  concurrency ?? (weather === undefined ? DEFAULT_CONCURRENCY : WEATHER_CONCURRENCY);

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
