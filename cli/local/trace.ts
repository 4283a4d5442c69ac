/** `bailiwick trace`: the way of one event through an organization that `bailiwick up` keeps, and where and why it stopped. */
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

/** @param running which organizations are up; specs give their own. */
export function traceCommand(running: () => Promise<RunningOrganization[]> = runningOrganizations): Command {
  return new Command("trace")
    .description(
      "Tells the way of one event: from the API call over trail, bus, rule, hub and queue to the control's outcome, with times, and " +
        "where and why it stopped. Without an id it lists the last events.",
    )
    .argument("[id]", "id of an EventBridge event or CloudTrail record")
    .option("--organization <id>", "the organization, as `up` says it; the youngest when left out")
    .option("--account <id>", "only events of this account")
    .option("--region <name>", "only events of this region")
    .option("--event-name <name>", "only API calls of this name, as CloudTrail has it")
    .option("--resource <name or ARN>", "only events about this resource")
    .option("--limit <number>", "list so many at most, the latest", positive, 20)
    .option("--json", "answer in JSON")
    .action(async (id: string | undefined, options: TraceOptions) => {
      const url = await traceUrl(running, options.organization);
      if (id === undefined) return list(url, options);
      const explanation = await ask<Explanation>(`${url}/trace/${encodeURIComponent(id)}`);
      if (explanation === undefined) {
        throw new CommandError(
          `The organization knows nothing of an event ${id}. \`bailiwick trace\` lists the last ones.`,
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
      : `No organization \`${wanted}\` is up. There is: ${known}.`,
    ExitCode.usage,
  );
}

/** Undefined when there is no such event. */
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
