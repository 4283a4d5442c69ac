/** An organization that stays up for AWS clients, until somebody ends it. */
import { once } from "node:events";
import type { Outcome } from "../../controls/lib/outcome";
import { untilOrganizationEnds } from "@bailiwick/local-aws/organization-end";
import { outcomeFeed } from "../../rehearsal/drill/outcome-feed";
import type { GatewayProblem } from "@bailiwick/local-aws";
import { bringUpSteps, organizationOf, newRunState, type RunState } from "./bring-up";
import { CommandError, ExitCode } from "../errors";
import { instructions } from "./instructions";
import { runToEnd, type RunContext } from "../lifecycle";
import { runSteps } from "../progress";
import { announce } from "./running";

export interface UpOptions {
  json?: boolean;
  verbose?: boolean;
}
/** Runs to the end of the process; up.ts loads it. @public */
export async function up(options: UpOptions): Promise<void> {
  const state = newRunState();
  await runToEnd(
    async (run) => {
      await runSteps(bringUpSteps(run), state, run);
      await keepUp(run, state, options.json);
      return ExitCode.ok;
    },
    { verbose: options.verbose === true },
  );
}

/**
 * Prints where the organization is and what happens in it, until `bailiwick down` ends it. Ctrl-C ends the whole run.
 * @throws CommandError when the organization ends unasked.
 */
export async function keepUp(run: RunContext, state: RunState, json = false): Promise<void> {
  const organization = organizationOf(state);
  // An organization that has ended during the drills must not be announced.
  await untilOrganizationEnds(organization, () => Promise.resolve());
  let endAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (endAsked = resolve));
  const { id, withdraw } = await announce(
    organization.endpointUrl,
    () => endAsked(),
    undefined,
    organization.fabric.url,
  );
  run.defer(withdraw);
  const { endpointUrl, homeRegion, regions, accounts } = organization;
  const place = { id, endpointUrl, homeRegion, regions, accounts };
  process.stdout.write(json ? `${JSON.stringify(place)}\n` : `\n${instructions(place)}\n`);
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  outcomeFeed(organization.trace).subscribe((outcome) =>
    process.stdout.write(`${json ? JSON.stringify(outcome) : outcomeLine(outcome, names, new Date())}\n`),
  );
  organization.gateway.watchProblems((problem) => process.stderr.write(`${problemLine(problem)}\n`));
  const ended = await Promise.race([organization.died, asked, once(run.signal, "abort")]);
  if (typeof ended === "string") throw new CommandError(`The organization has ended. ${ended}`);
}

/** A record that is incomplete or missing: rules and controls may treat the call differently than on AWS. */
export const problemLine = ({ at, call, problem }: GatewayProblem): string =>
  `${new Date(at).toISOString().slice(11, 19)}  undecoded   ${call}  ${problem}`;

/** For people: time, outcome, place, resource, and what was done. */
export function outcomeLine(outcome: Outcome, names: ReadonlyMap<string, string>, at: Date): string {
  const { resource, remedies, findings, error, principal } = outcome;
  const account = resource?.account ?? "";
  const where = resource
    ? `${names.get(account) ?? account} ${resource.region} ${resource.id}`
    : "no resource";
  const what = error ?? [...remedies, ...(remedies.length === 0 ? findings : [])].join("; ");
  const parts = [where, what, principal && `by ${principal}`].filter((part) => part);
  return `${at.toISOString().slice(11, 19)}  ${outcome.outcome.padEnd(10)}  ${outcome.control}  ${parts.join(" · ")}`;
}
