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
