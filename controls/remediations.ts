/** Each control's remediation, by id. */
import type { Remediation } from "./control";
import { remediation as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/remediate";
import { remediation as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/remediate";
import { remediation as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/remediate";

export const remediations: ReadonlyMap<string, Remediation<unknown>> = new Map<string, Remediation<unknown>>([
  ["cloudtrail-trail-logging", cloudtrailTrailLogging],
  ["ec2-security-group-admin-ports-closed", ec2SecurityGroupAdminPortsClosed],
  ["s3-bucket-policy-not-public", s3BucketPolicyNotPublic],
]);
