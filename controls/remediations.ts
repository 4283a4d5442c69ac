/** Each control's remediation, by id. */
import type { Remediation } from "./lib/remediation";
import { remediation as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/remediate";
import { remediation as dynamodbTableCreatedByPipeline } from "./dynamodb-table-created-by-pipeline/remediate";
import { remediation as ec2InstanceOwnerTagged } from "./ec2-instance-owner-tagged/remediate";
import { remediation as ec2InstanceProtectedRunning } from "./ec2-instance-protected-running/remediate";
import { remediation as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/remediate";
import { remediation as iamUserMfaRequired } from "./iam-user-mfa-required/remediate";
import { remediation as lambdaEventSourceEnabled } from "./lambda-event-source-enabled/remediate";
import { remediation as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/remediate";
import { remediation as ssmParameterChangeReported } from "./ssm-parameter-change-reported/remediate";

export const remediations: ReadonlyMap<string, Remediation<unknown>> = new Map<string, Remediation<unknown>>([
  ["cloudtrail-trail-logging", cloudtrailTrailLogging],
  ["dynamodb-table-created-by-pipeline", dynamodbTableCreatedByPipeline],
  ["ec2-instance-owner-tagged", ec2InstanceOwnerTagged],
  ["ec2-instance-protected-running", ec2InstanceProtectedRunning],
  ["ec2-security-group-admin-ports-closed", ec2SecurityGroupAdminPortsClosed],
  ["iam-user-mfa-required", iamUserMfaRequired],
  ["lambda-event-source-enabled", lambdaEventSourceEnabled],
  ["s3-bucket-policy-not-public", s3BucketPolicyNotPublic],
  ["ssm-parameter-change-reported", ssmParameterChangeReported],
]);
