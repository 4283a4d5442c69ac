/** `bailiwick undo`: undoes the fix of an outcome, by the function of undos and its role in the member account. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Command, InvalidArgumentError } from "commander";
import { UNDO_NAME } from "../../contract/names";
import { isOutcomeId } from "../../contract/ledger-keys";
import type { UndoAnswer, UndoRequest } from "../../contract/undo";
import { CommandError, ExitCode } from "../errors";
import {
  hubClientConfig,
  ledgerClient,
  explainAwsErrors,
  withHubOptions,
  type HubOptions,
} from "./hub-client";
import { readItem } from "./ledger-items";

interface UndoOptions extends HubOptions {
  reason: string;
  exempt: number;
  json?: boolean;
}

const DAY = 86_400_000;

export function undoCommand(): Command {
  return withHubOptions(
    new Command("undo")
      .description(
        "Restores the state before a fix, if the state hasn't changed since. The undo is recorded in the ledger. The resource is exempted " +
          "for a while, so that the control doesn't remediate it again at once.",
      )
      .argument("<outcome>", "the outcome's id, as `bailiwick ledger` shows it")
      .requiredOption("--reason <text>", "the reason, for the ledger and the exemption")
      .option("--exempt <days>", "days of the exemption; 0: none", days, 7)
      .option("--json", "print JSON"),
  ).action((outcome: string, _, command: Command) =>
    explainAwsErrors(() => undo(outcome, command.optsWithGlobals<UndoOptions>())),
  );
}

async function undo(outcome: string, options: UndoOptions): Promise<void> {
  const found = await readItem(ledgerClient(options), options.table, outcome);
  if (!found || !isOutcomeId(outcome))
    throw new CommandError(
      `The ledger has no outcome ${outcome}. \`bailiwick ledger\` lists them.`,
      ExitCode.usage,
    );
  const config = hubClientConfig(options);
  const { Arn: by = "unknown" } = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  const request: UndoRequest = {
    outcome,
    by,
    reason: options.reason,
    ...(options.exempt > 0
      ? { exemptUntil: new Date(Date.now() + options.exempt * DAY).toISOString().slice(0, 10) }
      : {}),
  };
  const answer = await invoke(new LambdaClient(config), request);
  if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (!answer.undone) {
    if (options.json) process.exitCode = ExitCode.failed;
    else throw new CommandError(answer.why);
  } else if (!options.json) process.stdout.write(`${undoneText(answer)}\n`);
}

async function invoke(client: LambdaClient, undo: UndoRequest): Promise<UndoAnswer> {
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({ FunctionName: UNDO_NAME, Payload: Buffer.from(JSON.stringify({ undo })) }),
  );
  const text = Payload === undefined ? "" : Buffer.from(Payload).toString("utf8");
  const answer = JSON.parse(text || "null") as (UndoAnswer & { errorMessage?: string }) | null;
  if (FunctionError !== undefined || answer === null || typeof answer.undone !== "boolean")
    throw new CommandError(`The function ${UNDO_NAME} failed. ${answer?.errorMessage ?? text}`);
  return answer;
}

function undoneText({ id, resource, remedies, exemptUntil }: Extract<UndoAnswer, { undone: true }>): string {
  const exempted =
    exemptUntil === undefined
      ? "It is not exempted: the control may remediate it again at once."
      : `It is exempted through ${exemptUntil}.`;
  return [`Undone: ${resource}`, ...remedies.map((each) => `  ${each}`), exempted, `Outcome ${id}`].join(
    "\n",
  );
}

function days(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 3650)
    throw new InvalidArgumentError("It must be a whole number from 0 to 3650.");
  return number;
}
