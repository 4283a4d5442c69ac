/** `bailiwick breaker`: lists and closes the circuit breakers that stop controls. */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import Table from "cli-table3";
import { Command } from "commander";
import { BREAKERS, countId, isAccountBreakerId, isResourceId, windowAt } from "../../contract/ledger-keys";
import type { BreakerState, LedgerItem, ResourceState } from "../../contract/ledger-records";
import { CommandError, ExitCode } from "../errors";
import {
  hubClientConfig,
  ledgerClient,
  explainAwsErrors,
  withHubOptions,
  type HubOptions,
} from "./hub-client";
import { readItem, listItems, replaceItem, deleteItem } from "./ledger-items";

interface BreakerOptions extends HubOptions {
  json?: boolean;
}

/** An open breaker in the output. */
interface OpenBreaker {
  id: string;
  control: string;
  scope: "resource" | "account";
  subject: string;
  openedAt: string;
  until: string;
  actions: number;
  windowMinutes: number;
  principals: string[];
}

export function breakerCommand(): Command {
  const close = withHubOptions(new Command("close"))
    .description("Closes a circuit breaker, so that the control acts again.")
    .argument("<id>", "the id that `bailiwick breaker` shows")
    .action((id: string, _, command: Command) =>
      explainAwsErrors(() => closeBreaker(id, command.optsWithGlobals<BreakerOptions>())),
    );
  const list = withHubOptions(new Command("list"))
    .description("Lists the circuit breakers that are open.")
    .option("--json", "print JSON")
    .action((_, command: Command) =>
      explainAwsErrors(() => listBreakers(command.optsWithGlobals<BreakerOptions>())),
    );
  return new Command("breaker")
    .description("Lists and closes the circuit breakers that stop controls.")
    .addCommand(list, { isDefault: true })
    .addCommand(close);
}

async function listBreakers(options: BreakerOptions): Promise<void> {
  const open: OpenBreaker[] = [];
  for await (const each of listItems(ledgerClient(options), options.table, BREAKERS)) {
    const state = stateIn(each);
    if (state && state.until > Date.now()) open.push(shown(each.id, state));
  }
  if (options.json) process.stdout.write(`${JSON.stringify(open, undefined, 2)}\n`);
  else if (open.length === 0) process.stdout.write("No circuit breaker is open.\n");
  else {
    const table = new Table({
      head: ["id", "control", "of", "open until", "because of", "changes by"],
      style: { head: [], border: [] },
    });
    for (const { id, control, subject, until, actions, windowMinutes, principals } of open)
      table.push([id, control, subject, until, `${actions} in ${windowMinutes} min`, principals.join("\n")]);
    process.stdout.write(`${table.toString()}\n`);
  }
}

async function closeBreaker(id: string, options: BreakerOptions): Promise<void> {
  const client = ledgerClient(options);
  const found = await readItem(client, options.table, id);
  const state = found && stateIn(found);
  if (!found || !state)
    throw new CommandError(
      `There is no circuit breaker ${id}. \`bailiwick breaker\` lists them.`,
      ExitCode.usage,
    );
  const { Arn: closedBy } = await new STSClient(hubClientConfig(options)).send(
    new GetCallerIdentityCommand({}),
  );
  const closed = { ...state, until: Date.now(), closedBy };
  // The actions counted until now would open it again with the next one.
  const body = isResourceId(id)
    ? { ...(JSON.parse(found.body) as ResourceState), actions: [], breaker: closed }
    : closed;
  if (!(await replaceItem(client, options.table, { ...found, body: JSON.stringify(body) })))
    throw new CommandError("The circuit breaker was changed at the same time: retry.");
  if (isAccountBreakerId(id)) {
    const window = Math.floor(windowAt(Date.now(), state.windowMinutes));
    for (const each of [window - 1, window])
      await deleteItem(client, options.table, countId(state.control, state.subject, each));
  }
  process.stdout.write(`Closed: ${state.control} acts on ${state.subject} again.\n`);
}

function stateIn({ id, body }: LedgerItem): BreakerState | undefined {
  if (isResourceId(id)) return (JSON.parse(body) as ResourceState).breaker;
  return isAccountBreakerId(id) ? (JSON.parse(body) as BreakerState) : undefined;
}

function shown(
  id: string,
  { control, subject, openedAt, until, actions, windowMinutes, principals }: BreakerState,
): OpenBreaker {
  return {
    id,
    control,
    scope: isResourceId(id) ? "resource" : "account",
    subject,
    openedAt: new Date(openedAt).toISOString(),
    until: new Date(until).toISOString(),
    actions,
    windowMinutes,
    principals,
  };
}
