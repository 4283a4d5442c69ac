/** `bailiwick trace`: an event's path through an organization that `bailiwick up` keeps, and where and why it stopped. */
import { Command } from "commander";
import { renderExplanation, type Explanation, type TraceSummary } from "@bailiwick/local-aws/trace";
import { CommandError, ExitCode } from "../errors";
import { runningOrganizations, type RunningOrganization } from "./running";

interface TraceOptions {
  organization?: string;
  account?: string;
  region?: string;
  eventName?: string;
  resource?: string;
  limit: number;
  json?: boolean;
}

/** @param running finds the organizations that are up; specs pass their own. */
export function traceCommand(running: () => Promise<RunningOrganization[]> = runningOrganizations): Command {
  return new Command("trace")
    .description(
      "Shows an event's path with times: from the API call through trail, bus, rule, hub and queue to the control's outcome, and where " +
        "and why it stopped. Without an id it lists the latest events.",
    )
    .argument("[id]", "id of an EventBridge event or CloudTrail record")
    .option("--organization <id>", "the organization's id, as `up` prints it (default: the newest)")
    .option("--account <id>", "only events of this account")
    .option("--region <name>", "only events of this region")
    .option("--event-name <name>", "only API calls with this name in CloudTrail")
    .option("--resource <name or ARN>", "only events about this resource")
    .option("--limit <number>", "list at most this many, the latest", positive, 20)
    .option("--json", "answer in JSON")
    .action(async (id: string | undefined, options: TraceOptions) => {
      const url = await traceUrl(running, options.organization);
      if (id === undefined) return list(url, options);
      const explanation = await ask<Explanation>(`${url}/trace/${encodeURIComponent(id)}`);
      if (explanation === undefined) {
        throw new CommandError(
          `The organization has no event ${id}. \`bailiwick trace\` lists the latest ones.`,
          ExitCode.usage,
        );
      }
      process.stdout.write(
        `${options.json ? JSON.stringify(explanation) : renderExplanation(explanation)}\n`,
      );
      if (explanation.stopped !== undefined) process.exitCode = ExitCode.failed;
    });
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new CommandError(`--limit takes a whole number above 0, not \`${text}\`.`, ExitCode.usage);
}

async function list(
  url: string,
  { account, region, eventName, resource, limit, json }: TraceOptions,
): Promise<void> {
  const asked = Object.entries({ account, region, eventName, resource });
  const query = new URLSearchParams(asked.filter((pair): pair is [string, string] => pair[1] !== undefined));
  const found = ((await ask<TraceSummary[]>(`${url}/trace?${query.toString()}`)) ?? []).slice(-limit);
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  else process.stdout.write(found.length === 0 ? "No such events.\n" : `${found.map(line).join("\n")}\n`);
}

function line({
  at,
  eventId,
  cloudTrailEventId,
  account,
  region,
  eventName,
  resource,
}: TraceSummary): string {
  const id = eventId ?? cloudTrailEventId ?? "";
  const what = [eventName ?? "", resource ?? ""].filter((part) => part !== "").join(" ");
  const time = new Date(at).toISOString().slice(11, 23);
  return [time, id.padEnd(36), account ?? "", (region ?? "").padEnd(14), what].join("  ").trimEnd();
}

async function traceUrl(
  running: () => Promise<RunningOrganization[]>,
  wanted: string | undefined,
): Promise<string> {
  const up = await running();
  const chosen = wanted === undefined ? up[0] : up.find(({ id }) => id === wanted);
  if (chosen?.traceUrl !== undefined) return chosen.traceUrl;
  const known = up.map(({ id }) => id).join(", ");
  throw new CommandError(
    known === ""
      ? "No organization is up: `npm run org` starts one."
      : `No organization \`${wanted}\` is up. These are: ${known}.`,
    ExitCode.usage,
  );
}

/** @returns undefined when there is no such event. */
async function ask<Answer>(url: string): Promise<Answer | undefined> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new CommandError(`The organization does not answer at ${url}.`, ExitCode.failed, { cause: error });
  }
  if (response.status === 404) return undefined;
  if (!response.ok) throw new CommandError(`The organization answered ${response.status} at ${url}.`);
  return (await response.json()) as Answer;
}
