/** `bailiwick dead-letters`: lists and resends what controls, channels and, with `--stack`, the accounts' forwarding could not finish. */
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import Table from "cli-table3";
import { Command } from "commander";
import type { Settings } from "../../config";
import { DEAD_LETTER_RETENTION_DAYS } from "../../contract/limits";
import { DEAD_LETTER_SUFFIX } from "../../contract/names";
import { readStack, settingsOf } from "../../rehearsal/stack";
import { CommandError, ExitCode } from "../errors";
import { accountAccess, type AccountAccess } from "./account-access";
import { deadLetterQueues, deadLettersIn, handOnAll, nameOf, type DeadLetters } from "./dead-letter-queues";
import { FORWARDING_QUEUE, forwardingLetters, governedPlaces, resendForwarded } from "./forwarding-letters";
import { explainAwsErrors, queueClient, withHubOptions, type HubOptions } from "./hub-client";

interface DeadLetterOptions extends HubOptions {
  json?: boolean;
  stack?: string;
  account?: string;
}

/** What the command works on: the hub, and with `--stack` the governed accounts. */
interface Reach {
  hub: SQSClient;
  accounts?: { settings: Settings; access: AccountAccess; only?: string };
}

export function deadLettersCommand(): Command {
  const list = withAccountOptions(withHubOptions(new Command("list")))
    .description("Lists the messages in dead-letter queues. Exit code 1 if there are any.")
    .option("--json", "print JSON")
    .action((_, command: Command) =>
      explainAwsErrors(() => listAll(command.optsWithGlobals<DeadLetterOptions>())),
    );
  const resend = withAccountOptions(withHubOptions(new Command("resend")))
    .description("Resends all of a queue's dead letters: do it once the cause is fixed.")
    .argument(
      "<queue>",
      `the queue that \`bailiwick dead-letters\` shows; ${FORWARDING_QUEUE}: that of every account`,
    )
    .action((queue: string, _, command: Command) =>
      explainAwsErrors(() => resendAll(queue, command.optsWithGlobals<DeadLetterOptions>())),
    );
  return new Command("dead-letters")
    .description(
      `Lists messages that controls and channels could not process, and events that accounts could not forward, and resends them. SQS keeps them for ${DEAD_LETTER_RETENTION_DAYS} days.`,
    )
    .addCommand(list, { isDefault: true })
    .addCommand(resend);
}

const withAccountOptions = (command: Command): Command =>
  command
    .option(
      "--stack <name>",
      "also the queues of the accounts that this stack governs, with the credentials that deploy it",
    )
    .option("--account <id>", "only this governed account; needs --stack");

async function reachOf({ stack, account, ...options }: DeadLetterOptions): Promise<Reach> {
  if (stack === undefined) {
    if (account !== undefined)
      throw new CommandError("--account needs --stack, which says how to enter the account.", ExitCode.usage);
    return { hub: queueClient(options) };
  }
  const settings = settingsOf(readStack(stack));
  if (account !== undefined && !settings.governed.some(({ id }) => id === account))
    throw new CommandError(`The stack ${stack} doesn't govern the account ${account}.`, ExitCode.usage);
  const access = accountAccess(options, settings);
  return {
    hub: await access.queues(settings.security.id, settings.homeRegion),
    accounts: { settings, access, ...(account !== undefined && { only: account }) },
  };
}

async function listAll(options: DeadLetterOptions): Promise<void> {
  const { hub, accounts } = await reachOf(options);
  const found: DeadLetters[] = [];
  if (accounts?.only === undefined)
    for await (const url of deadLetterQueues(hub)) {
      const letters = await deadLettersIn(hub, url);
      // The security account's own forwarding is listed with the other accounts'.
      const isForwarding = accounts !== undefined && letters.queue === FORWARDING_QUEUE;
      if (letters.messages > 0 && !isForwarding) found.push(letters);
    }
  if (accounts !== undefined)
    for (const place of governedPlaces(accounts.settings, accounts.only)) {
      const letters = await forwardingLetters(place, accounts.settings, accounts.access);
      if (letters) found.push(letters);
    }
  if (options.json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  else if (found.length === 0) process.stdout.write("There are no dead letters.\n");
  else process.stdout.write(`${tableOf(found, accounts !== undefined)}\n`);
  if (found.length > 0) process.exitCode = ExitCode.failed;
}

/** @param withPlace shows account and region, which are the hub's otherwise. */
function tableOf(found: readonly DeadLetters[], withPlace: boolean): string {
  const place = withPlace ? ["where"] : [];
  const table = new Table({
    head: ["queue", ...place, "messages", "since", "why"],
    style: { head: [], border: [] },
    colAligns: ["left", ...place.map(() => "left" as const), "right", "left", "left"],
  });
  for (const { queue, arn, messages, since, error } of found) {
    const [, , , region = "", account = ""] = arn.split(":");
    table.push([
      queue,
      ...place.map(() => `${account} ${region}`),
      messages,
      since ?? "–",
      error ?? "the function gave up: see its log",
    ]);
  }
  return table.toString();
}

async function resendAll(queue: string, options: DeadLetterOptions): Promise<void> {
  const { hub, accounts } = await reachOf(options);
  if (queue === FORWARDING_QUEUE) {
    if (accounts === undefined)
      throw new CommandError(
        `${FORWARDING_QUEUE} is a queue of each governed account. Name the stack, as in --stack dev.`,
        ExitCode.usage,
      );
    return resendForwarding(accounts);
  }
  for await (const from of deadLetterQueues(hub)) {
    if (nameOf(from) !== `${queue}${DEAD_LETTER_SUFFIX}`) continue;
    const { messages } = await deadLettersIn(hub, from);
    const QueueUrl = from.slice(0, -DEAD_LETTER_SUFFIX.length);
    const moved = await handOnAll(hub, from, messages, async (MessageBody) => {
      await hub.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      return true;
    });
    process.stdout.write(
      moved === 0
        ? `${queue} has no dead letters.\n`
        : `Resent: ${moved} to ${queue}. \`bailiwick dead-letters\` shows those that return.\n`,
    );
    return;
  }
  throw new CommandError(
    `The hub has no queue ${queue} with dead letters. \`bailiwick dead-letters\` lists them.`,
    ExitCode.usage,
  );
}

async function resendForwarding({ settings, access, only }: NonNullable<Reach["accounts"]>): Promise<void> {
  let places = 0;
  for (const place of governedPlaces(settings, only)) {
    const resent = await resendForwarded(place, settings, access);
    if (resent === undefined) continue;
    places++;
    const { account, region, sent, unwanted, foreign } = resent;
    process.stdout.write(
      [
        `${account} ${region}: ${sent} sent to the controls' queues.`,
        ...(unwanted > 0 ? [`${unwanted} deleted, which no control looks at.`] : []),
        ...(foreign > 0
          ? [`${foreign} left, which are no events of this account and region: find out who put them there.`]
          : []),
      ].join(" ") + "\n",
    );
  }
  if (places === 0) process.stdout.write(`${FORWARDING_QUEUE} has no dead letters.\n`);
}
