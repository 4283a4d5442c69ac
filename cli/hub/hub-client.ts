/** Access to the hub: on AWS with one's own credentials, or in a local organization by its endpoint. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient, type SQSClientConfig } from "@aws-sdk/client-sqs";
import { Command } from "commander";
import { LEDGER_TABLE_NAME } from "../../contract/names";
import { CommandError, ExitCode } from "../errors";

export interface HubOptions {
  region?: string;
  endpoint?: string;
  profile?: string;
  table: string;
}

/** The configuration of a command's AWS clients. Credentials are found as by the AWS CLI: environment, profile, single sign-on, instance. */
interface HubClientConfig {
  region: string;
  endpoint?: string;
  profile?: string;
}

/** Adds the options by which a command finds the hub. */
export function withHubOptions(command: Command): Command {
  return command
    .option("--region <region>", "the hub's region; default: AWS_REGION")
    .option(
      "--endpoint <url>",
      "the endpoint of an organization that is up on this machine; default: AWS_ENDPOINT_URL, or AWS",
    )
    .option("--profile <name>", "AWS CLI profile with credentials of the security account")
    .option("--table <name>", "the ledger's table", LEDGER_TABLE_NAME);
}

export function hubClientConfig({ region, endpoint, profile }: HubOptions): HubClientConfig {
  const place = region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (!place)
    throw new CommandError(
      "The hub's region is missing. Give it with --region, or set AWS_REGION: it is bailiwick:homeRegion of the stack.",
      ExitCode.usage,
    );
  return {
    region: place,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
  };
}

export const ledgerClient = (options: HubOptions) => new DynamoDBClient(hubClientConfig(options));

/** Runs `work`, and explains AWS's errors with what to do. */
export async function explainAwsErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw withHint(error);
  }
}

function withHint(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CommandError) return error;
  const { code } = error as { code?: unknown };
  const named = typeof code === "string" ? code : error.name;
  const hint = HINTS.find(([names]) => names.test(named))?.[1];
  if (hint === undefined) return error;
  return new CommandError(`${hint} (${error.name}: ${error.message})`, ExitCode.setup, { cause: error });
}

const HINTS: [RegExp, string][] = [
  [
    /^(CredentialsProviderError|TokenProviderError|ExpiredToken|UnrecognizedClient|InvalidClientTokenId)/,
    "There are no valid credentials. Give credentials of the security account, as for the AWS CLI: --profile, or AWS_ACCESS_KEY_ID and " +
      "AWS_SECRET_ACCESS_KEY. In a local organization the key's id is the account's, and the secret `test`.",
  ],
  [
    /^ResourceNotFoundException/,
    "There is no ledger, or no function of undos, in this account and region. Both are in the security account, in " +
      "the stack's home region.",
  ],
  [/^AccessDenied/, "These credentials may not do this in the security account."],
  [
    /^TimeoutError|ECONNREFUSED|ENOTFOUND|EHOSTUNREACH/,
    "The hub can't be reached: is the endpoint or region right?",
  ],
];

/** A queue's URL has AWS's host; with an endpoint of its own, the client calls that instead. */
export const queueClient = (options: HubOptions, credentials?: SQSClientConfig["credentials"]) =>
  new SQSClient({
    ...hubClientConfig(options),
    ...(credentials && { credentials }),
    useQueueUrlAsEndpoint: options.endpoint === undefined && process.env["AWS_ENDPOINT_URL"] === undefined,
  });
