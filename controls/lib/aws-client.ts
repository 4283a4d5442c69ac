/** Options for AWS SDK clients. */
import type { STSClientConfig } from "@aws-sdk/client-sts";

/** The part of an AWS SDK for JavaScript v3 client configuration that is set here. */
export interface AwsClientConfig {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Only against the local organization; on AWS it stays unset. */
  endpoint?: string;
  maxAttempts?: number;
  /** Connections and time limits shared with other clients; absent: the client has its own. */
  requestHandler?: STSClientConfig["requestHandler"];
}

/**
 * Client options for S3. An endpoint other than AWS's, given here or by `AWS_ENDPOINT_URL`, has no host name per bucket, so the
 * bucket goes into the path.
 */
export function s3Options(aws: AwsClientConfig): AwsClientConfig & { forcePathStyle: boolean } {
  return { ...aws, forcePathStyle: (aws.endpoint ?? process.env["AWS_ENDPOINT_URL"] ?? "") !== "" };
}
