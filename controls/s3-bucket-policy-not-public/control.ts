/** The policy of an S3 bucket grants nothing to the public. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Control } from "../lib/control";
import { apiCalls, detailValue } from "../lib/event-fields";
import { BUCKET, resourceFrom } from "../lib/resources";
import { parametersOf } from "../lib/parameters";
import { tagsIn } from "../lib/tags";
import { trustedAccounts, type TrustedAccounts } from "../lib/trusted-accounts";

export const parameters = parametersOf({ trustedAccounts });

export const control: Control<TrustedAccounts> = {
  id: "s3-bucket-policy-not-public",
  title: "S3 bucket policies grant nothing to the public",
  description:
    "Most data leaks from S3 happen through a bucket policy that grants access to everyone. Public has the same meaning as in S3's " +
    "Block Public Access: a grant to everyone that is not limited to a fixed account, organization, network or address range. The " +
    "public statements are removed, all others stay as they are; a policy with nothing left is deleted. Grants to named accounts outside " +
    "the organization that the stack doesn't trust are reported.",
  severity: "critical",
  frameworks: [
    "CIS AWS Foundations 3.0 2.1.4",
    "AWS FSBP S3.2",
    "AWS FSBP S3.3",
    "NIST 800-53 r5 AC-3",
    "PCI DSS 4.0 1.4.4",
  ],
  resourceType: BUCKET.type,
  pattern: apiCalls("s3", ["PutBucketPolicy"]),
  resource: (event) => resourceFrom(event, BUCKET, detailValue(event, "requestParameters", "bucketName")),
  readPermissions: (scope) => [
    {
      Sid: "ReadBucket",
      Effect: "Allow",
      Action: ["s3:GetBucketPolicy", "s3:GetBucketTagging"],
      Resource: BUCKET.arn(scope),
    },
  ],
  fixPermissions: (scope) => [
    {
      Sid: "ClosePolicy",
      Effect: "Allow",
      Action: ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"],
      Resource: BUCKET.arn(scope),
    },
  ],
  undoPermissions: (scope) => [
    { Sid: "PutPolicyBack", Effect: "Allow", Action: "s3:PutBucketPolicy", Resource: BUCKET.arn(scope) },
  ],
  tagging: {
    // The tags of a bucket are replaced as a whole, so the call doesn't name a removed one.
    pattern: () => apiCalls("s3", ["PutBucketTagging", "DeleteBucketTagging"]),
    resources: (event, key) => taggedBucket(event, key),
  },
  parameters,
  remediationSteps:
    "Open the bucket's policy. Ask who added an outside account, remove it, or add it to the parameter trustedAccounts. In each statement that allows " +
    "`*`, name the accounts, roles or services that need the bucket, or add a condition with a fixed value, such as aws:PrincipalOrgID or aws:SourceVpce. To publish a website, put CloudFront with origin " +
    "access control in front of a private bucket.",
};

function taggedBucket(event: EventBridgeEvent, key: string) {
  const name = event.detail["eventName"];
  if (name !== "PutBucketTagging" && name !== "DeleteBucketTagging") return [];
  const resource = resourceFrom(event, BUCKET, detailValue(event, "requestParameters", "bucketName"));
  const tags = tagsIn(detailValue(event, "requestParameters", "Tagging", "TagSet", "Tag"), "Key", "Value");
  return resource ? [{ resource, value: tags.get(key) }] : [];
}
