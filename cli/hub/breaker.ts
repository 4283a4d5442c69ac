/** `bailiwick breaker`: lists and closes the circuit breakers that slow controls down. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetQueueUrlCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import Table from "cli-table3";
import { Command } from "commander";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { randomUUID } from "node:crypto";
import {
  BREAKERS,
  countId,
  isAccountBreakerId,
  isResourceId,
  outcomeId,
  resourceId,
  windowAt,
} from "../../contract/ledger-keys";
import type { BreakerState, LedgerItem, ResourceState } from "../../contract/ledger-records";
import { lookEvent, type Look, type NextLook } from "../../contract/looks";
import { controlName } from "../../contract/names";
import type { ResourceReference } from "../../controls/lib/resources";
import { CommandError, ExitCode } from "../errors";
import {
  hubClientConfig,
  ledgerClient,
  explainAwsErrors,
  queueClient,
  withHubOptions,
  type HubOptions,
} from "./hub-client";
import { deleteItem, listEntries, listItems, readItem, replaceItem } from "./ledger-items";

interface BreakerOptions extends HubOptions {
  json?: boolean;
}

const MOST_NOTE_ATTEMPTS = 5;

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
    .description("Closes a circuit breaker: what it delays is remediated at once.")
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
    .description("Lists and closes the circuit breakers that slow controls down.")
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
  const delayed = await delayedBy(id, state, options);
  const looks = delayed.map((reference) => lookNow(state.control, reference));
  // The actions counted until now would open it again with the next one.
  const body = isResourceId(id)
    ? { ...(JSON.parse(found.body) as ResourceState), actions: [], breaker: closed, nextLook: looks[0]?.note }
    : closed;
  if (!(await replaceItem(client, options.table, { ...found, body: JSON.stringify(body) })))
    throw new CommandError("The circuit breaker was changed at the same time: retry.");
  if (isAccountBreakerId(id)) {
    const window = Math.floor(windowAt(Date.now(), state.windowMinutes));
    for (const each of [window - 1, window])
      await deleteItem(client, options.table, countId(state.control, state.subject, each));
  }
  await sendLooks(state.control, looks, options);
  const what = looks.length === 1 ? "1 resource is" : `${looks.length} resources are`;
  process.stdout.write(`Closed: ${state.control} acts on ${state.subject} at once. ${what} looked at now.\n`);
}

/** The resources whose fix the breaker delays. */
async function delayedBy(
  id: string,
  { control, subject, openedAt, reference }: BreakerState,
  options: BreakerOptions,
): Promise<ResourceReference[]> {
  if (isResourceId(id)) return reference ? [reference] : [];
  const suppressed = await listEntries(ledgerClient(options), options.table, {
    controls: [control],
    account: subject,
    outcome: "suppressed",
    since: new Date(openedAt).toISOString(),
    limit: Infinity,
  });
  const resources = suppressed.flatMap(({ outcome: { resource } }) => (resource ? [resource] : []));
  return [...new Map(resources.map((resource) => [resource.arn, resource])).values()];
}

interface LookNow {
  event: EventBridgeEvent;
  look: Look;
  note: NextLook & { id: string };
}

/** A look at a resource that no event leads to. */
function lookNow(control: string, resource: ResourceReference): LookNow {
  const at = new Date().toISOString();
  const event = randomUUID();
  return {
    event: lookEvent(resource, event, at),
    look: { reason: "breaker-closed", event, resource, attempt: 0, failures: [] },
    note: { id: outcomeId(control, resource.arn, event), at, because: "The circuit breaker was closed." },
  };
}

/** Puts the looks on the control's queue, after it was noted with each resource that they are wanted. */
async function sendLooks(control: string, looks: LookNow[], options: BreakerOptions): Promise<void> {
  if (looks.length === 0) return;
  const sqs = queueClient(options);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: controlName(control) }));
  for (const { event, look, note } of looks) {
    await noteLook(ledgerClient(options), options.table, resourceId(control, look.resource.arn), note);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ ...event, look }) }));
  }
}

/** Notes a look with a resource, whatever look was noted before. */
async function noteLook(
  client: DynamoDBClient,
  table: string,
  id: string,
  nextLook: LookNow["note"],
): Promise<void> {
  for (let attempt = 0; attempt < MOST_NOTE_ATTEMPTS; attempt++) {
    const found = await readItem(client, table, id);
    // A resource without an item was never acted on.
    if (!found) return;
    const body = JSON.stringify({ ...(JSON.parse(found.body) as ResourceState), nextLook });
    if (await replaceItem(client, table, { ...found, body })) return;
  }
  throw new CommandError("The control is at work on the resource: retry.");
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
