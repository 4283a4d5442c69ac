/** @returns `aws`, `aws-us-gov` or `aws-cn`, by the code of a region. */
export function partitionOf(region: string): string {
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return region.startsWith("cn-") ? "aws-cn" : "aws";
}

/** Where IAM, Organizations and other global services report to CloudTrail. */
export function globalServicesRegion(partition: string): string {
  return (
    { aws: "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1" }[partition] ?? "us-east-1"
  );
}
