/** Whoever answers for an account learns of every new S3 bucket. */
import type { Control, Description, Facts } from "../lib/control";
import { apiCalls, detailValue, resourceFrom, textIn } from "../lib/event-fields";
import { BUCKET } from "../s3-bucket-policy-not-public/control";

/** Canned ACLs that let others in. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const OPEN_ACLS: Readonly<Record<string, string>> = {
  "public-read": "lets everyone list the bucket",
  "public-read-write": "lets everyone list the bucket and write into it",
  "authenticated-read": "lets everyone with an AWS account list the bucket",
};

export const control: Control = {
  id: "s3-bucket-creation-reported",
  title: "The creation of an S3 bucket is told, with its settings",
  description:
    "A bucket is where data goes to stay, and often to leak. Each new one is told with who made it, from where, in which region and with " +
    "which access settings, while the person who made it still remembers why. Nothing is changed.",
  severity: "low",
  frameworks: ["NIST 800-53 r5 CM-8", "NIST 800-53 r5 AU-6"],
  resourceType: BUCKET.type,
  pattern: apiCalls("s3", ["CreateBucket"]),
  resource: (event) => resourceFrom(event, BUCKET, detailValue(event, "requestParameters", "bucketName")),
  permissions: () => [],
  remediationSteps:
    "If nobody expected the bucket: ask the person who made it, look at what is in it, and delete it or bring it under the program that " +
    "manages the account's resources.",
  describe(event): Description {
    const name = textIn(event, "requestParameters", "bucketName") ?? "?";
    const place =
      textIn(event, "requestParameters", "CreateBucketConfiguration", "LocationConstraint") ?? event.region;
    const acl = textIn(event, "requestParameters", "x-amz-acl");
    const opens = acl === undefined ? undefined : OPEN_ACLS[acl];
    const ownership = textIn(event, "requestParameters", "x-amz-object-ownership") ?? "BucketOwnerEnforced";
    const facts: Facts = {
      "Bucket region": place === "EU" ? "eu-west-1" : place,
      // New buckets have ACLs switched off unless the call says otherwise.
      "Object ownership": ownership === "BucketOwnerEnforced" ? `${ownership} (ACLs off)` : ownership,
      "Object Lock":
        textIn(event, "requestParameters", "x-amz-bucket-object-lock-enabled") === "true" ? "on" : "off",
    };
    if (acl !== undefined) facts["ACL"] = acl;
    if (detailValue(event, "requestParameters", "accessControlList") !== undefined)
      facts["ACL grants"] = JSON.stringify(detailValue(event, "requestParameters", "accessControlList"));
    const findings = [`The bucket ${name} was created in ${facts["Bucket region"]}.`];
    if (opens !== undefined) findings.push(`Its ACL ${acl} ${opens}.`);
    return { report: true, findings, facts };
  },
};
