/** The parts of a Host header: an S3 bucket in front of an endpoint's name, and the endpoint's region. */

const ADDRESS = /^(\d{1,3}\.){3}\d{1,3}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const S3_LABEL = /^s3([.-]|$)/;

/**
 * The bucket of a virtual-hosted-style request, or undefined for path style
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html). Locally the endpoint may also be `localhost` or
 * 127.0.0.1, as in `bucket.localhost`.
 */
export function bucketOfHost(hostHeader: string): string | undefined {
  const host = hostHeader.toLowerCase().replace(/:\d+$/, "");
  if (ADDRESS.test(host) || host.startsWith("[")) return undefined;
  // Bucket names may contain dots: the bucket is everything before the s3 label.
  const labels = host.split(".");
  const at = labels.findIndex((_, index) => index > 0 && S3_LABEL.test(labels.slice(index).join(".")));
  const bucket = at > 0 ? labels.slice(0, at).join(".") : localBucket(host);
  return bucket !== undefined && BUCKET.test(bucket) ? bucket : undefined;
}

const REGIONAL = /^(?:.*\.)?(?:s3|sts)(?:-[a-z]+)*[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d+)\./;

/**
 * The region in the name of an endpoint of S3 or STS, which take unsigned requests, in any spelling; undefined for global and local
 * names (https://docs.aws.amazon.com/general/latest/gr/s3.html, https://docs.aws.amazon.com/general/latest/gr/sts.html).
 */
export const regionOfHost = (hostHeader: string): string | undefined =>
  REGIONAL.exec(hostHeader.toLowerCase())?.[1];

const localBucket = (host: string): string | undefined =>
  /^(.+)\.(?:localhost|127\.0\.0\.1)$/.exec(host)?.[1];
