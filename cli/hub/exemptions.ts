/** `bailiwick exemptions`: lists the exemptions of the stack's configuration and of undos, and ends those of undos. */
import Table from "cli-table3";
import { Command } from "commander";
import { isOver } from "../../contract/exemptions";
import { EXEMPTIONS, isPinId } from "../../contract/ledger-keys";
import type { Pin } from "../../contract/ledger-records";
import { readStack, settingsOf } from "../../rehearsal/stack";
import { CommandError, ExitCode } from "../errors";
import { ledgerClient, explainAwsErrors, withHubOptions, type HubOptions } from "./hub-client";
import { readItem, listItems, deleteItem } from "./ledger-items";

interface ExemptionOptions extends HubOptions {
  stack?: string;
  json?: boolean;
}

interface ListedExemption {
  /** Of an undo's exemption; the argument of `bailiwick exemptions remove`. */
  id?: string;
  source: "configuration" | "undo";
  control: string;
  resource: string;
  accounts?: string[] | undefined;
  owner: string;
  reason: string;
  expires: string;
  expired: boolean;
}

export function exemptionsCommand(): Command {
  const list = withHubOptions(new Command("list"))
    .description("Lists exemptions, including expired ones, which exempt nothing.")
    .option("--stack <name>", "also those of this stack's configuration")
    .option("--json", "print JSON")
    .action((_, command: Command) =>
      explainAwsErrors(() => listAll(command.optsWithGlobals<ExemptionOptions>())),
    );
  const removal = withHubOptions(new Command("remove"))
    .description("Ends an exemption that an undo made. Those in the configuration are ended there.")
    .argument("<id>", "the id that `bailiwick exemptions` shows")
    .action((id: string, _, command: Command) =>
      explainAwsErrors(() => removePin(id, command.optsWithGlobals<ExemptionOptions>())),
    );
  return new Command("exemptions")
    .description("Lists exemptions with owners and expiry dates, and ends those that an undo made.")
    .addCommand(list, { isDefault: true })
    .addCommand(removal);
}

async function listAll(options: ExemptionOptions): Promise<void> {
  const now = Date.now();
  const configured =
    options.stack === undefined ? [] : settingsOf(readStack(options.stack)).remediation.exemptions;
  const shown: ListedExemption[] = configured.map((exemption) => ({
    source: "configuration",
    ...exemption,
    expired: isOver(exemption.expires, now),
  }));
  for await (const { id, body } of listItems(ledgerClient(options), options.table, EXEMPTIONS)) {
    const pin = JSON.parse(body) as Pin;
    shown.push({ id, source: "undo", ...pin, expired: isOver(pin.expires, now) });
  }
  if (options.json) process.stdout.write(`${JSON.stringify(shown, undefined, 2)}\n`);
  else if (shown.length === 0) process.stdout.write("There are no exemptions.\n");
  else {
    const table = new Table({
      head: ["id", "control", "resource", "until", "owner", "reason"],
      style: { head: [], border: [] },
    });
    for (const { id, source, control, resource, expires, expired, owner, reason } of shown)
      table.push([
        id ?? source,
        control,
        resource,
        expired ? `${expires} (expired)` : expires,
        owner,
        reason,
      ]);
    process.stdout.write(`${table.toString()}\n`);
  }
}

async function removePin(id: string, options: ExemptionOptions): Promise<void> {
  const client = ledgerClient(options);
  const found = isPinId(id) ? await readItem(client, options.table, id) : undefined;
  // An exemption whose undo failed is in no list any more.
  if (found?.list === undefined)
    throw new CommandError(
      `There is no exemption ${id}. \`bailiwick exemptions\` lists them.`,
      ExitCode.usage,
    );
  await deleteItem(client, options.table, id);
  const { resource } = JSON.parse(found.body) as Pin;
  process.stdout.write(`Ended: ${resource} is remediated again when it next changes.\n`);
}
