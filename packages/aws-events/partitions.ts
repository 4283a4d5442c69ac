/** AWS's partitions by the codes of their regions. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */

/** Partitions by how a region's code begins. Every other region is in `aws`. */
const PARTITIONS: readonly (readonly [string, string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
];

/** The partition of a region: `aws`, `aws-us-gov`, `aws-cn`, or an isolated or sovereign one. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";
}

/** The region in which IAM, Organizations and other global services report to CloudTrail. */
export function globalServicesRegion(partition: string): string {
  return (
    { aws: "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1" }[partition] ?? "us-east-1"
  );
}
