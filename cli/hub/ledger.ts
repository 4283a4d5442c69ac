/** `bailiwick ledger`: what the controls did, to which resources, because of whom. */
import Table from "cli-table3";
import { Command, InvalidArgumentError } from "commander";
import { isOutcomeId } from "../../contract/ledger-keys";
import { controlById, controls } from "../../controls";
import { CommandError, ExitCode } from "../errors";
import { ledgerClient, explainAwsErrors, withHubOptions, type HubOptions } from "./hub-client";
import { listEntries, readItem, type LedgerLine } from "./ledger-items";

interface LedgerOptions extends HubOptions {
  control: string[];
  account?: string;
  outcome?: string;
  resource?: string;
  principal?: string;
  since?: string;
  until?: string;
  limit: number;
  json?: boolean;
  csv?: boolean;
}

export function ledgerCommand(): Command {
  return withHubOptions(
    new Command("ledger")
      .description(
        "Lists the outcomes of events, latest first: when, what was done to which resource, because of whom. With an outcome's id it " +
          "shows the whole entry, including the state before and after.",
      )
      .argument("[outcome]", "an outcome's id")
      .option("--control <id>", "only this control; may be repeated", collect, [])
      .option("--account <id>", "only this account")
      .option(
        "--outcome <word>",
        "only remediated, notified, compliant, exempted, suppressed, undone, failed or acting",
      )
      .option("--resource <text>", "only resources whose ARN contains this")
      .option("--principal <text>", "only changes by principals whose ARN contains this")
      .option("--since <time>", "only from this time on: ISO 8601, or 30m, 12h, 7d ago", isoTime)
      .option("--until <time>", "only up to this time", isoTime)
      .option("--limit <number>", "at most this many", positive, 50)
      .option("--json", "print JSON")
      .option("--csv", "print CSV with a header"),
  ).action((id: string | undefined, _, command: Command) => {
    const options = command.optsWithGlobals<LedgerOptions>();
    return explainAwsErrors(() => (id === undefined ? list(options) : show(id, options)));
  });
}

async function list(options: LedgerOptions): Promise<void> {
  const chosen = options.control.length > 0 ? options.control : controls.map(({ id }) => id);
  for (const id of chosen) checkControl(id);
  const lines = await listEntries(ledgerClient(options), options.table, { ...options, controls: chosen });
  if (options.json) print(JSON.stringify(lines, undefined, 2));
  else if (options.csv) print(csv(lines));
  else if (lines.length === 0) print("The ledger has no matching entries.");
  else print(table(lines));
}

async function show(id: string, options: LedgerOptions): Promise<void> {
  const found = await readItem(ledgerClient(options), options.table, id);
  if (!found || !isOutcomeId(id))
    throw new CommandError(
      `The ledger has no outcome ${id}. \`bailiwick ledger\` lists them.`,
      ExitCode.usage,
    );
  const line = { id, ...(JSON.parse(found.body) as Omit<LedgerLine, "id">) };
  if (options.csv) print(csv([line]));
  else print(JSON.stringify(line, undefined, 2));
}

const COLUMNS = ["when", "outcome", "id", "control", "account", "region", "resource", "by", "what"] as const;

/** An entry's texts by column. */
export function row(line: LedgerLine): Record<(typeof COLUMNS)[number], string> {
  const { outcome, status, at, id, undoneBy } = line;
  const { resource, remedies, findings, why, error, principal, eventName } = outcome;
  const what =
    error ?? (remedies.length > 0 ? remedies : findings.length > 0 ? findings : [why ?? ""]).join(" ");
  return {
    when: at,
    outcome:
      status === "acting"
        ? "acting"
        : undoneBy === undefined
          ? outcome.outcome
          : `${outcome.outcome}, undone`,
    id,
    control: outcome.control,
    account: resource?.account ?? "",
    region: resource?.region ?? "",
    resource: resource?.arn ?? "",
    by: [principal, eventName].filter((part) => part !== undefined).join(" "),
    what,
  };
}

/** RFC 4180; an apostrophe is put before texts that a spreadsheet would read as a formula. */
export function csv(lines: readonly LedgerLine[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  const rows = lines.map((line) => {
    const texts = row(line);
    return COLUMNS.map((column) => cell(texts[column])).join(",");
  });
  return [COLUMNS.join(","), ...rows].join("\r\n");
}

function table(lines: readonly LedgerLine[]): string {
  const shown = new Table({
    head: ["when", "outcome", "id", "control", "resource", "by"],
    style: { head: [], border: [] },
  });
  for (const line of lines) {
    const { when, outcome, id, control, resource, by } = row(line);
    shown.push([when.slice(0, 19), outcome, id, control, resource, by]);
  }
  return shown.toString();
}

function checkControl(id: string): void {
  try {
    controlById(id);
  } catch (error) {
    throw new CommandError((error as Error).message, ExitCode.usage);
  }
}

const collect = (value: string, before: string[]) => [...before, value];

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return number;
}

/** Converts a time, or a duration before now, to ISO 8601. */
export function isoTime(text: string, now: unknown = Date.now()): string {
  const ago = /^(\d+)([mhd])$/.exec(text);
  const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
  const from = typeof now === "number" ? now : Date.now();
  const time = ago ? from - Number(ago[1]) * (units[ago[2] ?? ""] ?? 0) : Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError("It must be ISO 8601, or like 30m, 12h or 7d.");
  return new Date(time).toISOString();
}

const print = (text: string) => process.stdout.write(`${text}\n`);
