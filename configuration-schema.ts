/**
 * What users may write under `bailiwick:` in Pulumi.<stack>.yaml: types, defaults, words and examples. Errors and docs/configuration.md are
 * made from it.
 */
import * as v from "valibot";

const example = <Input>(text: string) => v.metadata<Input, { readonly example: string }>({ example: text });

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
const unitPath = v.pipe(
  v.string("the path of an organizational unit"),
  v.regex(
    /^[\w .@-]{1,128}(\/[\w .@-]{1,128}){0,4}$/,
    "names of organizational units from the root's child down, with / between",
  ),
  example("workloads/prod"),
);
const organizationalUnit = v.pipe(
  unitPath,
  v.description("Where in the organization the account is, for modes by organizational unit."),
);
const coreAccount = v.strictObject({ id: accountId }, "an account");
export const mode = v.pipe(
  v.picklist(["off", "notify", "enforce"], "off, notify or enforce"),
  example("notify"),
);
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
          v.picklist(
            ["ApiCallRateInsight", "ApiErrorRateInsight"],
            "ApiCallRateInsight or ApiErrorRateInsight",
          ),
          "a list of insight types",
        ),
        v.description("CloudTrail Insights to analyse (charged per event)."),
        example("[ApiCallRateInsight]"),
      ),
      [],
    ),
    coldStorageAfterDays: v.optional(
      v.pipe(
        days(30, 3650, "90"),
        v.description("Log files move to Glacier Instant Retrieval after this many days."),
      ),
      90,
    ),
    retentionDays: v.optional(
      v.pipe(days(90, 36_500, "2557"), v.description("Log files expire after this many days.")),
      2557,
    ),
    cloudWatchLogs: v.optional(
      v.pipe(
        flag,
        v.description("Also sends the trail to a CloudWatch log group in the management account."),
      ),
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
    organizationalUnits: v.optional(
      v.pipe(
        v.record(unitPath, mode, "organizational units with a mode"),
        v.description(
          "Modes of the members in an organizational unit and those below it; the nearest counts, and an account's own mode before it.",
        ),
        example("{ workloads/sandbox: notify }"),
      ),
    ),
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

const severity = v.pipe(
  v.picklist(["low", "medium", "high", "critical"], "low, medium, high or critical"),
  example("high"),
);
export const CHANNEL_NAME = /^[a-z][a-z0-9-]{0,19}$/;
const channelName = v.pipe(
  v.string("the name of a channel"),
  v.regex(
    CHANNEL_NAME,
    "a channel's name: lower-case letters, digits and hyphens, at most 20, a letter first",
  ),
  example("platform"),
);
const loopback = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//;
const slack = v.strictObject(
  {
    webhookUrl: v.pipe(
      v.string("the https URL of an incoming webhook"),
      v.check(
        (url) => (/^https:\/\/[^\s*/]+\/\S+$/.test(url) || loopback.test(url)) && !url.includes("*"),
        "the https URL of an incoming webhook",
      ),
      v.description(
        "The incoming webhook's URL, which is a secret: pulumi config set --secret --path 'bailiwick:channels.<name>.slack.webhookUrl' <url>.",
      ),
      v.metadata({ secret: true, example: "https://hooks.slack.com/services/<team>/<app>/<key>" }),
    ),
  },
  "a Slack channel",
);
const email = v.strictObject(
  {
    addresses: v.pipe(
      v.array(
        v.pipe(
          v.string("an e-mail address"),
          v.regex(/^[^\s@"<>]+@[^\s@"<>]+\.[^\s@"<>]+$/, "an e-mail address"),
          example("platform@example.com"),
        ),
        "a list of e-mail addresses",
      ),
      v.minLength(1, "at least one e-mail address"),
      v.description("Who gets the mails. SNS asks each address first whether it wants them."),
      example("[platform@example.com]"),
    ),
  },
  "an e-mail channel",
);
const wholeSeconds = "a whole number of seconds from 1 to 300";
const channel = v.strictObject(
  {
    slack: v.optional(v.pipe(slack, v.description("Makes it a Slack channel. Each channel has one kind."))),
    email: v.optional(v.pipe(email, v.description("Makes it an e-mail channel, by SNS."))),
    minimumSeverity: v.optional(
      v.pipe(severity, v.description("Only of controls of this severity and above.")),
      "low",
    ),
    controls: v.optional(
      v.pipe(
        v.array(v.string("the id of a control"), "a list of control ids"),
        v.minLength(1, "at least one control, or no such key for all of them"),
        v.description("Only of these controls. Default: of all."),
        example("[s3-bucket-policy-not-public]"),
      ),
    ),
    accounts: v.optional(
      v.pipe(
        v.array(accountId, "a list of account ids"),
        v.minLength(1, "at least one account, or no such key for all of them"),
        v.description("Only of these accounts, and what can't be told to be of any. Default: of all."),
        example('["444444444444"]'),
      ),
    ),
    groupSeconds: v.optional(
      v.pipe(
        v.number(wholeSeconds),
        v.integer(wholeSeconds),
        v.minValue(1, wholeSeconds),
        v.maxValue(300, wholeSeconds),
        v.description("So long outcomes are collected, to make one message of those that are alike."),
        example("30"),
      ),
      30,
    ),
  },
  "a channel",
);
export type ChannelConfiguration = v.InferOutput<typeof channel>;

const watch = v.strictObject(
  {
    event: v.pipe(
      v.string("the name of an event"),
      v.regex(/^[a-z0-9-]+:[A-Za-z0-9_]+$/, "CloudTrail's names of service and event, with a colon between"),
      v.description("The API call to tell of."),
      example("iam:CreateUser"),
    ),
    channel: v.pipe(channelName, v.description("The channel that is told.")),
    severity: v.optional(v.pipe(severity, v.description("What the message says.")), "medium"),
  },
  "a watch",
);

const whole = (minimum: number, maximum: number, text: string) => {
  const words = `a whole number from ${minimum} to ${maximum}`;
  return v.pipe(
    v.number(words),
    v.integer(words),
    v.minValue(minimum, words),
    v.maxValue(maximum, words),
    example(text),
  );
};
const breaker = v.strictObject(
  {
    resourceActions: v.optional(
      v.pipe(
        whole(1, 100, "3"),
        v.description(
          "So often may the same resource be put right within the window; then its breaker opens.",
        ),
      ),
      3,
    ),
    accountActions: v.optional(
      v.pipe(
        whole(1, 100_000, "100"),
        v.description("So often may a control act in one account within the window; then its breaker opens."),
      ),
      100,
    ),
    windowMinutes: v.optional(v.pipe(whole(1, 1440, "10"), v.description("The window.")), 10),
    closeAfterMinutes: v.optional(
      v.pipe(whole(1, 10_080, "60"), v.description("After so long an open breaker closes by itself.")),
      60,
    ),
  },
  "the circuit breaker's settings",
);

/** Not 2027-02-30, which Date takes for a day in March. */
function isDay(text: string): boolean {
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().slice(0, 10) === text;
}

const exemption = v.strictObject(
  {
    control: v.pipe(
      v.string("a control's id"),
      v.description("The control's id."),
      example("s3-bucket-policy-not-public"),
    ),
    resource: v.pipe(
      v.string("the ARN of a resource"),
      v.regex(
        /^arn:[\w-]+:[a-z0-9-]+:.*[^*:/]/,
        "the ARN of a resource; * stands for any characters, but not for all of it",
      ),
      v.description("The resource's ARN; `*` stands for any characters."),
      example('"arn:aws:s3:::acme-website"'),
    ),
    accounts: v.optional(
      v.pipe(
        v.array(accountId, "a list of account ids"),
        v.description("Only in these accounts. A bucket's ARN names none."),
        example('["444444444444"]'),
      ),
    ),
    owner: v.pipe(
      v.string("who answers for it"),
      v.nonEmpty("who answers for it"),
      v.description("Who answers for it."),
      example("web-team@example.com"),
    ),
    reason: v.pipe(
      v.string("why it may stay"),
      v.nonEmpty("why it may stay"),
      v.description("Why it may stay as it is."),
      example("The company's public website"),
    ),
    expires: v.pipe(
      v.string("a day as YYYY-MM-DD"),
      v.check(isDay, "a day as YYYY-MM-DD"),
      v.description("The last day on which it holds, UTC."),
      example('"2027-01-31"'),
    ),
  },
  "an exemption",
);

/** A wildcard in the account would let every account make a principal of that name; paths that only AWS may use are safe. */
const tagger = v.pipe(
  v.string("the ARN of a role or user"),
  v.regex(
    /^arn:[\w-]+:iam::(\d{12}:(role|user)\/[\w+=,.@/-]+|(\d{12}|\*):role\/aws-reserved\/[\w+=,.@/*-]+)$/,
    "the ARN of a role or user; only below role/aws-reserved/ may account and name have a *",
  ),
);

/** Every key of the namespace `bailiwick`, as users write it. */
export const configurationSchema = v.strictObject({
  organizationId: v.pipe(
    v.string("the organization's id"),
    v.regex(/^o-[a-z0-9]{10,32}$/, "o- and 10 to 32 lower-case letters or digits"),
    v.description("The organization's id: aws organizations describe-organization."),
    example("o-a1b2c3d4e5"),
  ),
  homeRegion: v.pipe(
    region,
    v.description("Where the hub bus, the functions and the organization trail live."),
  ),
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
  management: v.pipe(
    coreAccount,
    v.description("The organization's management account."),
    example('{ id: "111111111111" }'),
  ),
  security: v.pipe(
    coreAccount,
    v.description("The account that holds hub and functions."),
    example('{ id: "222222222222" }'),
  ),
  logArchive: v.pipe(
    coreAccount,
    v.description("The account that keeps the logs."),
    example('{ id: "333333333333" }'),
  ),
  members: v.pipe(
    v.array(
      v.strictObject(
        { name, id: accountId, organizationalUnit: v.optional(organizationalUnit) },
        "an account",
      ),
      "a list of accounts",
    ),
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
    v.pipe(
      accountId,
      v.description("The account whose credentials run the program. Default: the management account."),
    ),
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
  ledgerRetentionDays: v.optional(
    v.pipe(
      days(30, 3653, "400"),
      v.description(
        "How long the ledger keeps what became of an event. An outcome can be undone for as long.",
      ),
    ),
    400,
  ),
  breaker: v.optional(breaker, {}),
  exemptions: v.optional(
    v.pipe(
      v.array(exemption, "a list of exemptions"),
      v.description("Resources that may stay as they are. An expired one exempts nothing, and is reported."),
    ),
    [],
  ),
  exemptionTaggers: v.optional(
    v.pipe(
      v.array(tagger, "a list of ARNs"),
      v.description(
        "Whose exempting tags count: ARNs of roles and users. Without any, tags exempt nothing, and tagging is not watched.",
      ),
      example("[arn:aws:iam::222222222222:role/exemptions]"),
    ),
    [],
  ),
  privateNetwork: v.optional(
    v.pipe(
      flag,
      v.description(
        "Runs all functions in a network of their own, without a way to the internet, with endpoints for what the enabled controls call.",
      ),
    ),
    false,
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
  channels: v.optional(
    v.pipe(
      v.record(channelName, channel, "channels by name"),
      v.description("Where messages go, by name. Without any, nothing is deployed for messages."),
      example('{ platform: { email: { addresses: ["platform@example.com"] } } }'),
    ),
    {},
  ),
  watches: v.optional(
    v.pipe(
      v.array(watch, "a list of watches"),
      v.description(
        "API calls to tell of by name: bailiwick watch add <service>:<EventName> --channel <name>.",
      ),
      example("[{ event: iam:CreateUser, channel: platform }]"),
    ),
    [],
  ),
  catalogueUrl: v.optional(
    v.pipe(
      v.string("a web address"),
      v.regex(/^https?:\/\/[^\s#]+$/, "a web address, without #"),
      v.description(
        "Where people can read docs/catalogue.md: messages link there. Default: messages name the file.",
      ),
      example("https://git.example.com/platform/bailiwick/blob/main/docs/catalogue.md"),
    ),
  ),
});
export type Configuration = v.InferOutput<typeof configurationSchema>;
