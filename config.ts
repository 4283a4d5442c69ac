/**
 * The stack configuration: schema, defaults, and one error that lists every fault. docs/configuration.md is generated from it.
 */
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import { controls } from "./controls";
import type { Control, Mode } from "./controls/control";

export type AccountKind = "management" | "security" | "logArchive" | "member";

export interface Account {
  /** Short and unique in the organization; names of Pulumi resources are made of it. */
  name: string;
  /** 12 digits. */
  id: string;
  kind: AccountKind;
}

export interface ControlSettings {
  control: Control<unknown>;
  mode: Exclude<Mode, "off">;
  /** Accounts (by id) whose mode differs from `mode`. */
  accountModes: Record<string, Mode>;
  parameters: unknown;
}

export interface Settings {
  organizationId: string;
  /** `aws`, `aws-us-gov` or `aws-cn`, by the home region. */
  partition: string;
  /** Where hub and trail live. */
  homeRegion: string;
  /** All that are governed: the configured ones, the home region and the one in which global services report. */
  regions: string[];
  management: Account;
  security: Account;
  logArchive: Account;
  members: Account[];
  /** All accounts whose events are forwarded. */
  governed: Account[];
  /** Role assumed in each account but `credentialsAccountId`. */
  accessRoleName: string;
  /** The account whose credentials run the program. */
  credentialsAccountId: string;
  protectEvidence: boolean;
  trail: TrailSettings;
  archiveRetentionDays: number;
  functionLogRetentionDays: number;
  /** The catalogue's controls that are not off. */
  controls: ControlSettings[];
}

const example = (text: string) => v.metadata({ example: text });

const accountId = v.pipe(
  v.string("12 digits in quotes"),
  v.regex(/^\d{12}$/, "12 digits in quotes"),
  v.description("An AWS account id."),
  example('"210987654321"'),
);
const region = v.pipe(
  v.string("the code of an AWS region"),
  v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "the code of an AWS region"),
  example("eu-west-1"),
);
const name = v.pipe(
  v.string("a name"),
  v.regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens, at most 31, a letter first"),
  example("payments"),
);
const coreAccount = v.strictObject({ id: accountId }, "an account");
const mode = v.pipe(v.picklist(["off", "notify", "enforce"], "off, notify or enforce"), example("notify"));
const days = (minimum: number, maximum: number, text: string) =>
  v.pipe(
    v.number(`a whole number of days from ${minimum} to ${maximum}`),
    v.integer(`a whole number of days from ${minimum} to ${maximum}`),
    v.minValue(minimum, `a whole number of days from ${minimum} to ${maximum}`),
    v.maxValue(maximum, `a whole number of days from ${minimum} to ${maximum}`),
    example(text),
  );
const flag = v.pipe(v.boolean("true or false"), example("true"));
/** What CloudWatch Logs takes. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
const logRetention = v.pipe(
  v.picklist(LOG_RETENTION_DAYS, `one of ${LOG_RETENTION_DAYS.join(", ")}`),
  example("90"),
);

const dataEvents = v.pipe(
  v.array(v.picklist(["s3", "lambda", "dynamodb"], "s3, lambda or dynamodb"), "a list of services"),
  v.description("Services whose data events the trail records too (charged per event)."),
  example("[s3]"),
);
const trail = v.strictObject(
  {
    name: v.optional(
      v.pipe(
        v.string("a trail name"),
        v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/, "3 to 128 letters, digits, dots, hyphens"),
        v.description("Name of the organization trail."),
        example("bailiwick"),
      ),
      "bailiwick",
    ),
    bucketName: v.optional(
      v.pipe(
        v.string("a bucket name"),
        v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "3 to 63 lower-case letters, digits, dots, hyphens"),
        v.description("Log bucket. Default: bailiwick-trail-<log archive account>-<home region>."),
        example("acme-organization-trail"),
      ),
    ),
    managementEvents: v.optional(
      v.pipe(
        v.picklist(["All", "WriteOnly"], "All or WriteOnly"),
        v.description("Which management events the trail records. Controls need the writes."),
        example("All"),
      ),
      "All",
    ),
    dataEvents: v.optional(dataEvents, []),
    insights: v.optional(
      v.pipe(
        v.array(
          v.picklist(["ApiCallRateInsight", "ApiErrorRateInsight"], "ApiCallRateInsight or ApiErrorRateInsight"),
          "a list of insight types",
        ),
        v.description("CloudTrail Insights to analyse (charged per event)."),
        example("[ApiCallRateInsight]"),
      ),
      [],
    ),
    coldStorageAfterDays: v.optional(
      v.pipe(days(30, 3650, "90"), v.description("Log files move to Glacier Instant Retrieval after this many days.")),
      90,
    ),
    retentionDays: v.optional(
      v.pipe(days(90, 36_500, "2557"), v.description("Log files expire after this many days.")),
      2557,
    ),
    cloudWatchLogs: v.optional(
      v.pipe(flag, v.description("Also sends the trail to a CloudWatch log group in the management account.")),
      false,
    ),
    cloudWatchLogRetentionDays: v.optional(
      v.pipe(logRetention, v.description("How long that log group keeps events.")),
      90,
    ),
  },
  "the trail's settings",
);
export type TrailSettings = v.InferOutput<typeof trail>;

const controlSettings = v.strictObject(
  {
    mode: v.optional(v.pipe(mode, v.description("Overrides `defaultMode` for this control."))),
    accounts: v.optional(
      v.pipe(
        v.record(accountId, mode, "account ids with a mode"),
        v.description("Modes of single accounts, by account id."),
        example('{ "333333333333": notify }'),
      ),
      {},
    ),
    parameters: v.optional(
      v.pipe(v.record(v.string(), v.unknown()), v.description("The control's own parameters: see its page.")),
    ),
  },
  "a control's settings",
);

/** Every key of the namespace `bailiwick`, as users write it. */
export const configurationSchema = v.strictObject({
  organizationId: v.pipe(
    v.string("the organization's id"),
    v.regex(/^o-[a-z0-9]{10,32}$/, "o- and 10 to 32 lower-case letters or digits"),
    v.description("The organization's id: aws organizations describe-organization."),
    example("o-a1b2c3d4e5"),
  ),
  homeRegion: v.pipe(region, v.description("Where the hub bus, the functions and the organization trail live.")),
  regions: v.optional(
    v.pipe(
      v.array(region, "a list of regions"),
      v.description(
        "Further governed regions. The home region is always governed, and so is the region in which global services report.",
      ),
      example("[eu-central-1]"),
    ),
    [],
  ),
  management: v.pipe(coreAccount, v.description("The organization's management account."), example('{ id: "111111111111" }')),
  security: v.pipe(coreAccount, v.description("The account that holds hub and functions."), example('{ id: "222222222222" }')),
  logArchive: v.pipe(coreAccount, v.description("The account that keeps the logs."), example('{ id: "333333333333" }')),
  members: v.pipe(
    v.array(v.strictObject({ name, id: accountId }, "an account"), "a list of accounts"),
    v.description("The member accounts to govern."),
    example('[{ name: payments, id: "444444444444" }]'),
  ),
  governCoreAccounts: v.optional(
    v.pipe(flag, v.description("Also governs the management, security and log archive accounts.")),
    true,
  ),
  accessRoleName: v.optional(
    v.pipe(
      v.string("a role name"),
      v.regex(/^[\w+=,.@-]{1,64}$/, "1 to 64 letters, digits or +=,.@-_"),
      v.description("The role that deployments assume in each account."),
      example("OrganizationAccountAccessRole"),
    ),
    "OrganizationAccountAccessRole",
  ),
  credentialsAccountId: v.optional(
    v.pipe(accountId, v.description("The account whose credentials run the program. Default: the management account.")),
  ),
  protectEvidence: v.optional(
    v.pipe(
      flag,
      v.description(
        "Refuses to delete trail, log bucket, key and archive, by Pulumi and by bucket policy. Only for stacks that are torn down: false.",
      ),
    ),
    true,
  ),
  trail: v.optional(trail, {}),
  archiveRetentionDays: v.optional(
    v.pipe(days(1, 3650, "90"), v.description("How long the hub bus's archive keeps events for replays.")),
    90,
  ),
  functionLogRetentionDays: v.optional(
    v.pipe(logRetention, v.description("How long the functions' log groups keep their logs.")),
    90,
  ),
  defaultMode: v.optional(
    v.pipe(mode, v.description("The mode of every control that has none of its own.")),
    "notify",
  ),
  controls: v.optional(
    v.pipe(
      v.record(v.string(), controlSettings, "control ids with their settings"),
      v.description("Settings of single controls, by id."),
      example("{ s3-bucket-policy-not-public: { mode: enforce } }"),
    ),
    {},
  ),
});
export type Configuration = v.InferOutput<typeof configurationSchema>;

/** One thing wrong with the configuration. */
export interface Fault {
  /** For example `bailiwick:members[0].id`. */
  path: string;
  found: string;
  expected: string;
  example?: string;
}

/** Everything that is wrong with a stack's configuration, at once. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
  constructor(readonly faults: Fault[]) {
    const lines = faults.map(
      (fault) =>
        `  ${fault.path}: found ${fault.found}, expected ${fault.expected}` +
        (fault.example === undefined ? "" : `, for example ${fault.example}`),
    );
    const count = faults.length === 1 ? "one fault" : `${faults.length} faults`;
    super(`The stack's configuration has ${count} (edit Pulumi.<stack>.yaml):\n${lines.join("\n")}`);
  }
}

const NAMESPACE = "bailiwick";

/** @returns the running stack's settings. @throws ConfigurationError */
export function loadSettings(): Settings {
  return readSettings(pulumi.runtime.allConfig());
}

/**
 * @param raw all configuration values by full key, as Pulumi hands them over: strings, structured ones as JSON.
 * @throws ConfigurationError
 */
export function readSettings(raw: Record<string, string>): Settings {
  const given: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (key.startsWith(`${NAMESPACE}:`)) given[key.slice(NAMESPACE.length + 1)] = structured(text);
  }
  const result = v.safeParse(configurationSchema, given);
  const faults = result.success ? [] : result.issues.map((issue) => fault(issue));
  const known = result.success ? result.output : undefined;
  if (known !== undefined) faults.push(...contradictions(known));
  const chosen = chooseControls(known?.controls ?? {}, known?.defaultMode ?? "notify", faults);
  if (known === undefined || faults.length > 0) throw new ConfigurationError(faults);
  return settle(known, chosen);
}

function structured(text: string): unknown {
  if (!/^\s*[[{"]|^(true|false|-?\d{1,11}(\.\d+)?)$/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function fault(issue: v.BaseIssue<unknown>): Fault {
  const steps = (issue.path ?? []) as v.IssuePathItem[];
  const path = steps
    .map(({ key }, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
  const at = `${NAMESPACE}:${path}`;
  if (issue.type === "strict_object" && issue.expected === "never") {
    return { path: at, found: "an unknown key", expected: `one of ${keysBeside(steps).join(", ")}` };
  }
  const found = issue.input === undefined ? "nothing" : JSON.stringify(issue.input);
  const schema = schemaAt(steps);
  const expected = issue.message.startsWith("Invalid") ? "a value" : issue.message;
  return { path: at, found, expected, example: schema === undefined ? undefined : exampleOf(schema) };
}

type AnySchema = v.GenericSchema & {
  entries?: Record<string, AnySchema>;
  item?: AnySchema;
  value?: AnySchema;
  wrapped?: AnySchema;
  pipe?: AnySchema[];
};

/** The schema of what stands at the path, undefined outside of the schema. */
function schemaAt(steps: v.IssuePathItem[]): AnySchema | undefined {
  let schema: AnySchema | undefined = configurationSchema as unknown as AnySchema;
  for (const { key } of steps) {
    const bare = unwrap(schema);
    schema = bare.entries?.[String(key)] ?? bare.item ?? bare.value;
    if (schema === undefined) return undefined;
  }
  return schema;
}

function keysBeside(steps: v.IssuePathItem[]): string[] {
  const parent = schemaAt(steps.slice(0, -1));
  return Object.keys((parent && unwrap(parent).entries) ?? {});
}

const unwrap = (schema: AnySchema): AnySchema => (schema.wrapped === undefined ? schema : unwrap(schema.wrapped));

/** The schema's own example, or the one of what it wraps. */
export function exampleOf(schema: v.GenericSchema): string | undefined {
  const metadata = v.getMetadata(schema);
  if (typeof metadata["example"] === "string") return metadata["example"];
  const { wrapped } = schema as AnySchema;
  return wrapped === undefined ? undefined : exampleOf(wrapped);
}

/** What single values can't show. */
function contradictions(known: Configuration): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  const ids: [string, string][] = [
    ["management.id", known.management.id],
    ["security.id", known.security.id],
    ["logArchive.id", known.logArchive.id],
    ...known.members.map((member, index): [string, string] => [`members[${index}].id`, member.id]),
  ];
  for (const [path, id] of ids) {
    const before = seen.get(id);
    if (before !== undefined)
      faults.push({ path: `${NAMESPACE}:${path}`, found: `"${id}"`, expected: `an account that isn't ${before} already` });
    else seen.set(id, path);
  }
  const names = new Set<string>(["management", "security", "log-archive"]);
  known.members.forEach((member, index) => {
    if (names.has(member.name))
      faults.push({
        path: `${NAMESPACE}:members[${index}].name`,
        found: `"${member.name}"`,
        expected: "a name that no other account has",
      });
    names.add(member.name);
  });
  if (known.trail.coldStorageAfterDays >= known.trail.retentionDays)
    faults.push({
      path: `${NAMESPACE}:trail.coldStorageAfterDays`,
      found: String(known.trail.coldStorageAfterDays),
      expected: `less than trail.retentionDays, which is ${known.trail.retentionDays}`,
    });
  const partition = partitionOf(known.homeRegion);
  known.regions.forEach((each, index) => {
    if (partitionOf(each) !== partition)
      faults.push({
        path: `${NAMESPACE}:regions[${index}]`,
        found: `"${each}"`,
        expected: `a region of the home region's partition, ${partition}`,
      });
  });
  return faults;
}

/** Which controls are on, and how. Unknown ids and bad parameters are added to `faults`. */
function chooseControls(
  given: Configuration["controls"],
  defaultMode: Mode,
  faults: Fault[],
): ControlSettings[] {
  for (const id of Object.keys(given)) {
    if (!controls.some((control) => control.id === id))
      faults.push({
        path: `${NAMESPACE}:controls.${id}`,
        found: "an unknown control",
        expected: `one of ${controls.map((control) => control.id).join(", ")}`,
      });
  }
  return controls.flatMap((control) => {
    const own = given[control.id];
    const chosen = own?.mode ?? defaultMode;
    const accountModes = own?.accounts ?? {};
    const parameters = readParameters(control, own?.parameters, faults);
    const on = chosen !== "off" || Object.values(accountModes).some((each) => each !== "off");
    if (!on) return [];
    if (chosen === "off") {
      faults.push({
        path: `${NAMESPACE}:controls.${control.id}.mode`,
        found: '"off" with accounts that are on',
        expected: "notify or enforce, with the other accounts off",
        example: "notify",
      });
      return [];
    }
    return [{ control, mode: chosen, accountModes, parameters }];
  });
}

function readParameters(control: Control<unknown>, given: unknown, faults: Fault[]): unknown {
  const path = `${NAMESPACE}:controls.${control.id}.parameters`;
  if (control.parameters === undefined) {
    if (given !== undefined)
      faults.push({ path, found: JSON.stringify(given), expected: "nothing: this control has no parameters" });
    return {};
  }
  const result = v.safeParse(control.parameters, given ?? {});
  if (result.success) return result.output;
  for (const issue of result.issues) {
    faults.push({
      path: `${path}.${v.getDotPath(issue) ?? ""}`.replace(/\.$/, ""),
      found: JSON.stringify(issue.input) ?? "nothing",
      expected: issue.message,
    });
  }
  return {};
}

function settle(known: Configuration, chosen: ControlSettings[]): Settings {
  const management: Account = { name: "management", id: known.management.id, kind: "management" };
  const security: Account = { name: "security", id: known.security.id, kind: "security" };
  const logArchive: Account = { name: "log-archive", id: known.logArchive.id, kind: "logArchive" };
  const members = known.members.map((member): Account => ({ ...member, kind: "member" }));
  const partition = partitionOf(known.homeRegion);
  return {
    organizationId: known.organizationId,
    partition,
    homeRegion: known.homeRegion,
    regions: [...new Set([known.homeRegion, ...known.regions, globalServicesRegion(partition)])],
    management,
    security,
    logArchive,
    members,
    governed: [...(known.governCoreAccounts ? [management, security, logArchive] : []), ...members],
    accessRoleName: known.accessRoleName,
    credentialsAccountId: known.credentialsAccountId ?? management.id,
    protectEvidence: known.protectEvidence,
    trail: known.trail,
    archiveRetentionDays: known.archiveRetentionDays,
    functionLogRetentionDays: known.functionLogRetentionDays,
    controls: chosen,
  };
}

function partitionOf(code: string): string {
  if (code.startsWith("us-gov-")) return "aws-us-gov";
  return code.startsWith("cn-") ? "aws-cn" : "aws";
}

/** Where IAM, Organizations and other global services report to CloudTrail. */
function globalServicesRegion(partition: string): string {
  return { aws: "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1" }[partition] ?? "us-east-1";
}
