/** Refuses public bucket policies in a Pulumi program. */
import { preventionOf, type Judge } from "../lib/prevention";
import { analyzePolicy } from "../lib/resource-policy";
import { control } from "./control";

const HOW =
  "Anyone on the internet could use the bucket. Name the accounts, roles or services that need it as Principal, or add a condition " +
  'with a fixed value, for example { StringEquals: { "aws:PrincipalOrgID": "o-exampleorgid" } }.';

const judge: Judge = (inputs, report) => {
  // A bucket without a policy grants nothing. (In older versions the policy is an argument of the bucket.)
  const policy = inputs["policy"];
  const { statements, unreadable } = analyzePolicy(policy, "s3");
  if (unreadable !== undefined) {
    report(
      `The bucket policy can't be judged. ${unreadable} Give a policy document as an object or as JSON text.`,
    );
  }
  for (const { index, sid, reason } of statements) {
    report(
      `Statement ${index + 1}${sid === undefined ? "" : ` (${sid})`} of the bucket policy ${reason}. ${HOW}`,
    );
  }
};

export const prevention = preventionOf(control, {
  "aws:s3/bucketPolicy:BucketPolicy": judge,
  "aws:s3/bucket:Bucket": judge,
  "aws:s3/bucketV2:BucketV2": judge,
});
