/** Options for AWS SDK clients that depend on where they run. */
import type { AwsClientConfig } from "./control";

/**
 * Client options for S3. An endpoint other than AWS's, given here or by `AWS_ENDPOINT_URL`, has no host name per bucket, so the
 * bucket goes into the path.
 */
export function s3Options(aws: AwsClientConfig): AwsClientConfig & { forcePathStyle: boolean } {
  return { ...aws, forcePathStyle: (aws.endpoint ?? process.env["AWS_ENDPOINT_URL"] ?? "") !== "" };
}
