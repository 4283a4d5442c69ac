/** A provider's settings as credentials, region and cached SDK clients. */
import { Agent } from "node:http";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { isJsonObject, type JsonObject } from "@bailiwick/aws-events/record";
import { callError, CallError, EngineError } from "./errors";
import { plainProperties, type Properties } from "./values";

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
}

/** The options of every SDK client. */
interface ClientOptions {
  region: string;
  endpoint?: string;
  credentials: () => Promise<Credentials>;
  maxAttempts: number;
  requestHandler: object;
  forcePathStyle: boolean;
  useQueueUrlAsEndpoint: boolean;
}
type ClientClass<Client> = new (options: never) => Client;
interface AnyClient {
  middlewareStack: { add(middleware: unknown, options: { step: "initialize"; name: string }): void };
}

const ATTEMPTS = 4;
const CONFLICT_ATTEMPTS = 6;
const CONFLICT = /ConcurrentModification|OperationAborted|ConflictException|ResourceConflict|TooManyUpdates/;
const EXPIRY_MARGIN_MILLISECONDS = 60_000;
const USED = ["accessKey", "secretKey", "token", "region", "stsRegion", "assumeRoles", "defaultTags"];
const HARMLESS =
  /^(skip|s3UsePathStyle$|maxRetries$|retryMode$|userAgents$|s3UsEast1Regional|ec2MetadataService)/;

/** The clients of a provider. They share an agent, so none may be destroyed, which would break the others' connections. */
export class Session {
  private readonly clients = new Map<string, AnyClient>();
  private readonly settings: JsonObject;
  private assumed: Promise<Credentials> | undefined;
  private account: Promise<string> | undefined;

  /**
   * @param inputs of the provider resource, its nested values as JSON texts, as @pulumi/aws sends them.
   * @throws EngineError naming settings that this engine doesn't support.
   */
  constructor(
    inputs: Properties,
    private readonly environment: Record<string, string | undefined>,
    private readonly agent: Agent,
    name: string,
  ) {
    this.settings = Object.fromEntries(
      Object.entries(plainProperties(inputs)).map(([key, value]) => [key, parsed(value)]),
    );
    const known = [...USED, "allowedAccountIds", "forbiddenAccountIds", "endpoints", "version"];
    const unknown = Object.keys(this.settings).filter((key) => !known.includes(key) && !HARMLESS.test(key));
    if (unknown.length > 0)
      throw new EngineError(
        `The provider "${name}" sets ${unknown.join(", ")}, which the local engine does not support: leave it out for this stack.`,
      );
  }

  /** The provider's region; undefined when neither it nor the environment names one. */
  get region(): string | undefined {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.environment;
    const own = this.settings["region"];
    return typeof own === "string" ? own : (AWS_REGION ?? AWS_DEFAULT_REGION);
  }

  get defaultTags(): Record<string, string> {
    const settings = this.settings["defaultTags"];
    const tags = isJsonObject(settings) ? settings["tags"] : undefined;
    return isJsonObject(tags) ? (tags as Record<string, string>) : {};
  }

  /** The client of a service in a region, cached. Its failures are CallErrors. */
  client<Client>(service: ClientClass<Client>, region: string): Client {
    const key = `${service.name}/${region}`;
    const known = this.clients.get(key);
    if (known !== undefined) return known as Client;
    const client = new service(
      this.options(service.name, region, () => this.credentials()) as never,
    ) as Client & AnyClient;
    client.middlewareStack.add(namedErrors(region), { step: "initialize", name: "namedErrors" });
    this.clients.set(key, client);
    return client;
  }

  /** The account that the credentials belong to, checked against the provider's lists. */
  accountId(): Promise<string> {
    this.account ??= this.findAccount();
    return this.account;
  }

  private make<Client>(
    service: ClientClass<Client>,
    region: string,
    credentials: () => Promise<Credentials>,
  ): Client & AnyClient {
    const client = new service(this.options(service.name, region, credentials) as never) as Client &
      AnyClient;
    client.middlewareStack.add(namedErrors(region), { step: "initialize", name: "namedErrors" });
    return client;
  }

  private options(service: string, region: string, credentials: () => Promise<Credentials>): ClientOptions {
    const endpoint = this.endpoint(service.replace(/Client$/, ""));
    return {
      region,
      ...(endpoint === undefined ? {} : { endpoint }),
      credentials,
      maxAttempts: ATTEMPTS,
      requestHandler: { httpAgent: this.agent, requestTimeout: 60_000, connectionTimeout: 5_000 },
      forcePathStyle: true,
      useQueueUrlAsEndpoint: false,
    };
  }

  private endpoint(service: string): string | undefined {
    const given = this.settings["endpoints"];
    const lists = Array.isArray(given) ? given : [given];
    for (const endpoints of lists) {
      if (!isJsonObject(endpoints)) continue;
      for (const [name, url] of Object.entries(endpoints))
        if (name.toLowerCase() === service.toLowerCase() && typeof url === "string") return url;
    }
    return this.environment["AWS_ENDPOINT_URL"];
  }

  private async credentials(): Promise<Credentials> {
    if (this.assumed !== undefined) {
      const current = await this.assumed;
      const left = (current.expiration?.getTime() ?? Infinity) - Date.now();
      if (left > EXPIRY_MARGIN_MILLISECONDS) return current;
    }
    this.assumed = this.assume();
    try {
      return await this.assumed;
    } catch (error) {
      this.assumed = undefined;
      throw error;
    }
  }

  private async assume(): Promise<Credentials> {
    let credentials = this.ownCredentials();
    const roles = this.settings["assumeRoles"];
    for (const role of Array.isArray(roles) ? roles : []) {
      if (!isJsonObject(role) || typeof role["roleArn"] !== "string") continue;
      credentials = await this.assumeRole(role, role["roleArn"], credentials);
    }
    return credentials;
  }

  private async assumeRole(role: JsonObject, arn: string, from: Credentials): Promise<Credentials> {
    const region = typeof this.settings["stsRegion"] === "string" ? this.settings["stsRegion"] : this.region;
    const at = region ?? "us-east-1";
    const sts = this.make(STSClient, at, () => Promise.resolve(from));
    try {
      const answer = await sts.send(
        new AssumeRoleCommand({
          RoleArn: arn,
          RoleSessionName: text(role["sessionName"]) ?? "local-aws-engine",
          ExternalId: text(role["externalId"]),
          Policy: text(role["policy"]),
          PolicyArns: ids(role["policyArns"])?.map((policy) => ({ arn: policy })),
          DurationSeconds: seconds(text(role["duration"])),
          SourceIdentity: text(role["sourceIdentity"]),
          Tags: isJsonObject(role["tags"])
            ? Object.entries(role["tags"]).map(([Key, Value]) => ({ Key, Value: text(Value) ?? "" }))
            : undefined,
        }),
      );
      const given = answer.Credentials;
      if (!given?.AccessKeyId || !given.SecretAccessKey)
        throw new EngineError(`sts:AssumeRole of ${arn} returned no credentials.`);
      return {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        ...(given.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
        ...(given.Expiration === undefined ? {} : { expiration: given.Expiration }),
      };
    } catch (error) {
      if (error instanceof CallError)
        throw new CallError(error.call, at, error.code, error.status, `${error.answer} (role ${arn})`, {
          cause: error,
        });
      throw error;
    }
  }

  private ownCredentials(): Credentials {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = this.environment;
    const [accessKey, secretKey] = [text(this.settings["accessKey"]), text(this.settings["secretKey"])];
    const accessKeyId = accessKey ?? AWS_ACCESS_KEY_ID;
    const secretAccessKey = secretKey ?? AWS_SECRET_ACCESS_KEY;
    if (!accessKeyId || !secretAccessKey)
      throw new EngineError(
        "No AWS credentials: give the provider accessKey and secretKey, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
      );
    const sessionToken = accessKey === undefined ? AWS_SESSION_TOKEN : text(this.settings["token"]);
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  }

  private async findAccount(): Promise<string> {
    const region = this.region ?? "us-east-1";
    const { Account } = await this.client(STSClient, region).send(new GetCallerIdentityCommand({}));
    if (Account === undefined) throw new EngineError("sts:GetCallerIdentity returned no account.");
    const [allowed, forbidden] = [
      ids(this.settings["allowedAccountIds"]),
      ids(this.settings["forbiddenAccountIds"]),
    ];
    if (allowed && !allowed.includes(Account))
      throw new EngineError(
        `The provider's credentials belong to account ${Account}; allowed: ${allowed.join(", ")}.`,
      );
    if (forbidden?.includes(Account))
      throw new EngineError(`The provider's credentials belong to account ${Account}, which it forbids.`);
    return Account;
  }
}

/** Failed calls give the name of the call. Calls that collide with another one on the same resource are retried. */
function namedErrors(region: string) {
  return (
      next: (args: unknown) => Promise<unknown>,
      context: { clientName?: string; commandName?: string },
    ) =>
    async (args: unknown) => {
      const service = (context.clientName ?? "").replace(/Client$/, "").toLowerCase();
      const call = `${service}:${(context.commandName ?? "").replace(/Command$/, "")}`;
      for (let attempt = 1; ; attempt++) {
        try {
          return await next(args);
        } catch (error) {
          const named = callError(error, call, region);
          const again =
            named instanceof CallError && CONFLICT.test(named.code) && attempt < CONFLICT_ATTEMPTS;
          if (!again) throw named;
          await new Promise((resolve) => setTimeout(resolve, 25 * 2 ** attempt));
        }
      }
    };
}

function parsed(value: unknown): JsonObject[string] {
  if (typeof value !== "string" || !/^(\[|\{|true$|false$|-?\d+$)/.test(value))
    return value as JsonObject[string];
  try {
    const read = JSON.parse(value) as JsonObject[string];
    // Account ids and keys are texts that look like numbers.
    return typeof read === "number" ? value : read;
  } catch {
    return value;
  }
}

const text = (value: JsonObject[string] | undefined) =>
  typeof value === "string" && value ? value : undefined;

const ids = (value: JsonObject[string] | undefined) =>
  Array.isArray(value)
    ? value.map((item) => (typeof item === "number" ? String(item) : (text(item) ?? "")))
    : undefined;

/** Go's notation of durations: `1h30m`, `900s`. */
function seconds(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const units = { h: 3600, m: 60, s: 1 };
  let total = 0;
  for (const [, amount, unit] of duration.matchAll(/([\d.]+)([hms])/g))
    total += Number(amount) * units[unit as keyof typeof units];
  return total;
}
