/** Which evidence is kept, and for how long: the trail and its log bucket, the archive, the functions' logs, the ledger. */
import * as v from "valibot";
import { example } from "./metadata";
import { bucketNameRules, trailNameRules } from "./names";
import { days, flag } from "./values";

/** The values that CloudWatch Logs accepts. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
const logRetention = v.pipe(
  v.picklist(LOG_RETENTION_DAYS, `one of ${LOG_RETENTION_DAYS.join(", ")}`),
  example("90"),
);

const dataEvents = v.pipe(
  v.array(v.picklist(["s3", "lambda", "dynamodb"], "s3, lambda or dynamodb"), "a list of services"),
  v.description("Services whose data events the trail records as well (AWS charges per event)."),
  example("[s3]"),
);

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
const objectLock = v.strictObject(
  {
    mode: v.optional(
      v.pipe(
        v.picklist(["GOVERNANCE", "COMPLIANCE"], "GOVERNANCE or COMPLIANCE"),
        v.description(
          "GOVERNANCE: only the deployment's role may delete log files early. COMPLIANCE: nobody can, not even AWS, nor shorten it later.",
        ),
        example("GOVERNANCE"),
      ),
      "GOVERNANCE",
    ),
    days: v.optional(
      v.pipe(
        days(1, 36_500, "365"),
        v.description(
          "Number of days for which each log file can't be deleted or overwritten, while `protectEvidence` is true; at most `retentionDays`. Default: 365, or `retentionDays` if that is less.",
        ),
      ),
    ),
  },
  "the log bucket's Object Lock",
);

const trail = v.strictObject(
  {
    name: v.optional(
      v.pipe(
        v.string("a trail name"),
        trailNameRules,
        v.description("Name of the organization trail."),
        example("bailiwick"),
      ),
      "bailiwick",
    ),
    bucketName: v.optional(
      v.pipe(
        v.string("a bucket name"),
        bucketNameRules,
        v.description(
          "Name of the log bucket. Default: bailiwick-trail-<log archive account>-<home region>.",
        ),
        example("acme-organization-trail"),
      ),
    ),
    managementEvents: v.optional(
      v.pipe(
        v.picklist(["All", "WriteOnly"], "All or WriteOnly"),
        v.description(
          "Which management events the trail records. Every control needs the write events; some need the read events too.",
        ),
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
        v.description("Types of CloudTrail Insights to enable (AWS charges per event)."),
        example("[ApiCallRateInsight]"),
      ),
      [],
    ),
    coldStorageAfterDays: v.optional(
      v.pipe(
        days(30, 3650, "90"),
        v.description(
          "Number of days after which log files of 128 KB and more move to Glacier Instant Retrieval; less than `retentionDays`. Smaller ones stay where they are, because moving them costs more than it saves.",
        ),
      ),
      90,
    ),
    retentionDays: v.optional(
      v.pipe(days(90, 36_500, "2557"), v.description("Number of days after which log files expire.")),
      2557,
    ),
    objectLock: v.optional(objectLock, {}),
    cloudWatchLogs: v.optional(
      v.pipe(
        flag,
        v.description("Also sends the trail's events to a CloudWatch log group in the management account."),
      ),
      false,
    ),
    cloudWatchLogRetentionDays: v.optional(
      v.pipe(logRetention, v.description("Number of days for which that log group keeps events.")),
      90,
    ),
  },
  "the trail's settings",
);

export type TrailSettings = v.InferOutput<typeof trail>;

export const evidence = {
  protectEvidence: v.optional(
    v.pipe(
      flag,
      v.description(
        "Prevents the deletion of trail, log bucket, key, archive and ledger, by Pulumi, bucket policy and DynamoDB. Set it to false only for a stack that is to be torn down.",
      ),
    ),
    true,
  ),
  trail: v.optional(trail, {}),
  archiveRetentionDays: v.optional(
    v.pipe(
      days(1, 3650, "90"),
      v.description("Number of days for which the hub bus's archive keeps events for replays."),
    ),
    90,
  ),
  functionLogRetentionDays: v.optional(
    v.pipe(logRetention, v.description("Number of days for which the functions' log groups keep logs.")),
    90,
  ),
  ledgerRetentionDays: v.optional(
    v.pipe(
      days(30, 3653, "400"),
      v.description(
        "Number of days for which the ledger keeps an event's outcome. An outcome can be undone during this time.",
      ),
    ),
    400,
  ),
};
