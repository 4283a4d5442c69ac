/** Reports every new S3 bucket. */
import type { Control, Description, Facts } from "../lib/control";
import { apiCalls, detailValue, textIn } from "../lib/event-fields";
import { resourceFrom, BUCKET } from "../lib/resources";

/** Canned ACLs that grant access to others. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const OPEN_ACLS: Readonly<Record<string, string>> = {
  "public-read": "lets everyone list the bucket",
  "public-read-write": "lets everyone list the bucket and write into it",
  "authenticated-read": "lets everyone with an AWS account list the bucket",
};

export const control: Control = {
  id: "s3-bucket-creation-reported",
  formerIds: ["s3-bucket-creation-told"],
  title: "S3 bucket created",
  description:
    "Data stays in buckets, and often leaks from them. Each new bucket is reported with who created it, from where, in which region " +
    "and with which access settings, while that person still remembers why. Nothing is changed.",
  severity: "low",
  frameworks: ["NIST 800-53 r5 CM-8", "NIST 800-53 r5 AU-6"],
  resourceType: BUCKET.type,
  pattern: apiCalls("s3", ["CreateBucket"]),
  resource: (event) => resourceFrom(event, BUCKET, detailValue(event, "requestParameters", "bucketName")),
  remediationSteps:
    "If nobody expected the bucket, ask the person who created it, check what is in it, and delete it or import it into the program " +
    "that manages the account's resources.",
  unpreventable: "A new bucket is no fault; s3-bucket-policy-not-public judges its policy.",
  describe(event): Description {
    const name = textIn(event, "requestParameters", "bucketName") ?? "?";
    const location =
      textIn(event, "requestParameters", "CreateBucketConfiguration", "LocationConstraint") ?? event.region;
    const acl = textIn(event, "requestParameters", "x-amz-acl");
    const opens = acl === undefined ? undefined : OPEN_ACLS[acl];
    const ownership = textIn(event, "requestParameters", "x-amz-object-ownership") ?? "BucketOwnerEnforced";
    const facts: Facts = {
      "Bucket region": location === "EU" ? "eu-west-1" : location,
      // New buckets have ACLs disabled unless the call says otherwise.
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
