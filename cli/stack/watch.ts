/** `bailiwick watch`: adds to the stack's file a control that only notifies about an API call. The next deployment creates it. */
import Table from "cli-table3";
import { Command, Option } from "commander";
import { SEVERITIES } from "../../contract/choices";
import type { Severity } from "../../controls/lib/control";
import { watchId } from "../../controls/lib/watch";
import { lookUpName } from "@bailiwick/aws-events/known-names";
import { CommandError, ExitCode } from "../errors";
import { suggestion } from "../suggestion";
import { readStackFile, type StackFile } from "./stack-file";

interface WatchOptions {
  stack: string;
  json?: boolean;
}

interface AddOptions extends WatchOptions {
  channel: string;
  severity: Severity;
}

/** @param folder contains the stacks' files; specs pass their own. */
export function watchCommand(folder?: string): Command {
  const stack = () =>
    new Option("--stack <name>", "the stack, whose configuration is Pulumi.<name>.yaml").default("dev");
  const json = () => new Option("--json", "answer in JSON");
  const add = new Command("add")
    .description(
      "Notifies a channel of every API call of this name in a governed account: adds a watch to bailiwick:watches of the stack.",
    )
    .argument("<service>:<EventName>", "CloudTrail's names, as in iam:CreateUser or signin:ConsoleLogin")
    .requiredOption("--channel <name>", "the channel of bailiwick:channels to notify")
    .addOption(
      new Option("--severity <severity>", "the message's severity").choices(SEVERITIES).default("medium"),
    )
    .addOption(stack())
    .addOption(json())
    .action((event: string, options: AddOptions) =>
      addWatch(readStackFile(options.stack, folder), event, options),
    );
  const list = new Command("list")
    .description("Lists the watches of the stack.")
    .addOption(stack())
    .addOption(json())
    .action((options: WatchOptions) => listWatches(readStackFile(options.stack, folder), options));
  const remove = new Command("remove")
    .description("Removes a watch from bailiwick:watches of the stack.")
    .argument("<name>", "the event, as in iam:CreateUser, or the watch's id, as in messages")
    .option("--channel <name>", "only the watch of this channel")
    .addOption(stack())
    .addOption(json())
    .action((name: string, options: WatchOptions & { channel?: string }) =>
      removeWatch(readStackFile(options.stack, folder), name, options),
    );
  return new Command("watch")
    .description("Notifies a channel about an API call by its name, without a control being written for it.")
    .addCommand(add)
    .addCommand(list, { isDefault: true })
    .addCommand(remove);
}

function addWatch(file: StackFile, event: string, { channel, severity, json }: AddOptions): void {
  checkName(event);
  const channels = file.channels();
  if (!channels.includes(channel))
    throw new CommandError(
      channels.length === 0
        ? `${file.name} has no channels yet: add one to bailiwick:channels first (docs/notifications.md).`
        : `${file.name} has no channel ${channel}. ${suggestion(channel, channels)}`,
      ExitCode.usage,
    );
  const id = watchId({ event, channel });
  const added = !file.watches().some((watch) => watch.event === event && watch.channel === channel);
  if (added) file.addWatch({ event, channel, ...(severity === "medium" ? {} : { severity }) });
  print(json, { id, event, channel, severity, added }, [
    added
      ? `${file.name}: ${event} notifies ${channel} from the next \`pulumi up\` on.`
      : `${file.name}: ${event} notifies ${channel} already.`,
  ]);
}

/** @throws CommandError with the nearest names */
function checkName(event: string): void {
  if (!/^[^:\s]+:[^:\s]+$/.test(event))
    throw new CommandError(
      `A watch needs service and event with a colon between, as in iam:CreateUser, not \`${event}\`.`,
      ExitCode.usage,
    );
  const verdict = lookUpName(event);
  if (!verdict.known) {
    const meant = verdict.nearest.length > 0 ? ` Did you mean ${verdict.nearest.join(" or ")}?` : "";
    throw new CommandError(`${verdict.why}.${meant}`, ExitCode.usage);
  }
}

function listWatches(file: StackFile, { json }: WatchOptions): void {
  const watches = file.watches().map((watch) => ({ id: watchId(watch), ...watch }));
  const table = new Table({ head: ["event", "channel", "severity", "id"], style: { head: [], border: [] } });
  for (const { event, channel, severity, id } of watches) table.push([event, channel, severity, id]);
  print(json, watches, [watches.length === 0 ? `${file.name} has no watches.` : table.toString()]);
}

function removeWatch(
  file: StackFile,
  name: string,
  { channel, json }: WatchOptions & { channel?: string },
): void {
  const watches = file.watches();
  const removed = watches.filter(
    (watch) =>
      (watch.event === name || watchId(watch) === name) && (channel ?? watch.channel) === watch.channel,
  );
  if (removed.length === 0) {
    const known = watches.flatMap((watch) => (name.startsWith("watch_") ? [watchId(watch)] : [watch.event]));
    throw new CommandError(
      `${file.name} has no watch ${name}${channel === undefined ? "" : ` for ${channel}`}. ${suggestion(name, [...new Set(known)])}`,
      ExitCode.usage,
    );
  }
  file.removeWatches((watch) => removed.some((each) => watchId(each) === watchId(watch)));
  print(
    json,
    removed,
    removed.map(
      (watch) =>
        `${file.name}: ${watch.event} no longer notifies ${watch.channel} after the next \`pulumi up\`.`,
    ),
  );
}

function print(json: boolean | undefined, data: unknown, lines: string[]): void {
  process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${lines.join("\n")}\n`);
}
