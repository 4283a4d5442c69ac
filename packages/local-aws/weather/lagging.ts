/**
 * Which reads lag behind writes on AWS, and behind which.
 *
 * - EC2: every read (https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
 * - IAM: every read (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
 * - Lambda: reads of functions, policies and mappings (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html).
 * - S3: reads of a bucket's configuration and lists of buckets; objects are strongly consistent
 *   (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel).
 */

const ANY = /./;
const READS: Record<string, RegExp> = {
  ec2: ANY,
  iam: ANY,
  lambda: /^(Get|List)/,
  s3: /^(GetBucket|GetPublicAccessBlock|ListBuckets|GetObjectLockConfiguration)/,
};
const WRITES: Record<string, RegExp> = {
  ec2: ANY,
  iam: ANY,
  lambda: /^(?!Invoke)/,
  s3: /^((Put|Delete|Create)Bucket|(Put|Delete)PublicAccessBlock|PutObjectLockConfiguration)/,
};

/** @param service botocore's name. */
export const lags = (service: string, operation: string): boolean => READS[service]?.test(operation) ?? false;

export const isLaggedBehind = (service: string, operation: string): boolean =>
  WRITES[service]?.test(operation) ?? false;

/** Services whose resources pass through states. */
export const HAVE_STATES: ReadonlySet<string> = new Set(["ec2", "lambda", "dynamodb"]);
