/** The main job from end to end: bring up, deploy, drill, report, tear down. */
import { mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import picocolors from "picocolors";
import { OrganizationEndedError, whileAlive } from "@bailiwick/local-aws/organization-end";
import { drillCases, UnknownSelectionError } from "../../rehearsal/drill/cases";
import { diagnoseWith } from "../../rehearsal/drill/diagnose";
import { pathFacts } from "../../rehearsal/drill/path-facts";
import { outcomeFeed } from "../../rehearsal/drill/outcome-feed";
import { messagesText, type ToldMessages } from "../../rehearsal/drill/report/messages";
import { renderPage } from "../../rehearsal/drill/report/page";
import { renderPicture } from "../../rehearsal/drill/report/picture";
import { allHeld, summaryOf, verdict, type DrillReport } from "../../rehearsal/drill/report/report";
import { renderText } from "../../rehearsal/drill/report/table";
import { runDrills } from "../../rehearsal/drill/run-drills";
import type { DrillCase, DrillProgress, DrillResult } from "../../rehearsal/drill/types";
import { settled } from "../../rehearsal/channels/undelivered";
import { bringUpSteps, broughtUp, readGround, securityOf, timed, type Ground } from "./bring-up";
import { CommandError, ExitCode, nearest } from "../errors";
import { runToEnd, type Life } from "./lifecycle";
import { runSteps, type Say, type Step } from "../progress";
import { keepUp } from "./keep-up";
import { partVersions } from "./versions";

import type { DrillCommandOptions } from "./drill";

interface DrillGroundwork extends Ground {
  cases: DrillCase[];
  results: DrillResult[];
  messages?: ToldMessages;
}

/** Runs to the end of the process. @throws CommandError for what the stack doesn't have, before anything is started */
export async function drill(controls: readonly string[], options: DrillCommandOptions): Promise<void> {
  const ground = { ...readGround(), cases: [] as DrillCase[], results: [] as DrillResult[] };
  ground.cases = chosenCases(ground, controls, options);
  await runToEnd((life) => wholeJob(life, ground, options), { verbose: options.verbose === true });
}

async function wholeJob(life: Life, ground: DrillGroundwork, options: DrillCommandOptions): Promise<number> {
  const startedAt = new Date().toISOString();
  const steps: Step<DrillGroundwork>[] = [
    ...bringUpSteps<DrillGroundwork>(life),
    { title: "Drill", run: (_, say) => timed(ground, "drill", () => drillAll(life, ground, options, say)) },
    { title: "Tell people", run: () => timed(ground, "tell", () => tell(ground)) },
  ];
  await runSteps(steps, ground, life);
  const report = await reportOf(ground, startedAt, options);
  const file = path.resolve(options.report);
  await write(file, await renderPage(report));
  if (options.picture !== undefined) await write(path.resolve(options.picture), await renderPicture(report));
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    const text = renderText(report, { colors: picocolors.isColorSupported && process.stdout.isTTY });
    process.stdout.write(`\n${text}\nReport: ${path.relative(process.cwd(), file) || file}\n`);
  }
  if (options.keep) await keepUp(life, ground);
  return allHeld(report.summary) ? ExitCode.ok : ExitCode.failed;
}

async function drillAll(
  life: Life,
  ground: DrillGroundwork,
  options: DrillCommandOptions,
  say: Say,
): Promise<string> {
  const organization = broughtUp(ground);
  const underWay = new Map<DrillCase, string>();
  ground.results = await runDrills(organization, ground.cases, {
    outcomes: outcomeFeed(organization.trace),
    diagnose: diagnoseWith(organization.trace, pathFacts(organization)),
    concurrency: options.concurrency,
    timeoutMilliseconds: options.timeout * 1000,
    signal: life.signal,
    onProgress: (progress) => showProgress(progress, underWay, say),
  });
  const { undecoded } = organization.gateway.statistics;
  const lacking = undecoded === 0 ? "" : `, ${undecoded} calls recorded without what could not be decoded`;
  return `${verdict(summaryOf(ground.results))}${lacking}`;
}

/** Waits for the last messages, so that the report shows all of them. */
export async function tell(ground: Ground & { messages?: ToldMessages }): Promise<string> {
  const { receiver, settings } = ground;
  if (!receiver) return "no channel";
  const channels = settings.channels.map(({ name }) => name);
  const organization = broughtUp(ground);
  const idle = () => organization.fabric.idle();
  const undelivered = await whileAlive(organization, () => settled(securityOf(ground), channels, idle)).catch(
    (error: unknown) => {
      // Nothing more will come; the drills say why.
      if (error instanceof OrganizationEndedError) return undefined;
      throw error;
    },
  );
  const { messages: slack, mails, refused } = receiver;
  ground.messages = { slack, mails, refused, ...(undelivered ? { undelivered } : {}) };
  return messagesText(ground.messages);
}

function showProgress(progress: DrillProgress, underWay: Map<DrillCase, string>, say: Say): void {
  const { case: drillCase, step, result, done, total } = progress;
  if (step !== undefined) underWay.set(drillCase, step);
  else underWay.delete(drillCase);
  if (result !== undefined) {
    const took = result.milliseconds === undefined ? "" : `, ${Math.round(result.milliseconds)} ms`;
    const words = result.held ? `held${took}` : `FAILED: ${result.cause ?? "no cause is known"}`;
    say(`${done}/${total} ${nameOf(drillCase)}: ${words}`);
  }
  const now = [...underWay].map(([each, doing]) => `${nameOf(each)} (${doing})`);
  if (now.length > 0) say.live(`${done}/${total} · ${now.join(" · ")}`);
}

const nameOf = ({ control, account, region }: DrillCase) => `${control.id} ${account.name} ${region}`;

function chosenCases(
  { settings }: Ground,
  controls: readonly string[],
  options: DrillCommandOptions,
): DrillCase[] {
  try {
    const cases = drillCases(settings, { controls, accounts: options.account, regions: options.region });
    if (cases.length > 0) return cases;
  } catch (error) {
    if (!(error instanceof UnknownSelectionError)) throw error;
    const near = nearest(error.wanted, error.known);
    const hint =
      near.length > 0 ? `Did you mean ${near.join(" or ")}?` : `There are: ${error.known.join(", ")}.`;
    throw new CommandError(`${error.message} ${hint}`, ExitCode.usage);
  }
  throw new CommandError(
    "There is nothing to drill: these controls are off in these accounts. Switch them on in Pulumi.local.yaml.",
    ExitCode.usage,
  );
}

async function reportOf(
  { settings, organization, results, phases, messages }: DrillGroundwork,
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
    concurrency: options.concurrency,
    results,
    summary: summaryOf(results),
    ...(messages ? { messages } : {}),
    versions: await partVersions(),
  };
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}
