/** Each control's drill, by id. */
import type { Drill } from "./lib/drill/drill";
import { drill as cloudfrontDistributionChangeReported } from "./cloudfront-distribution-change-reported/drill";
import { drill as cloudtrailInsightReported } from "./cloudtrail-insight-reported/drill";
import { drill as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/drill";
import { drill as dynamodbTableCostReported } from "./dynamodb-table-cost-reported/drill";
import { drill as dynamodbTableCreatedByPipeline } from "./dynamodb-table-created-by-pipeline/drill";
import { drill as ec2InstanceOwnerTagged } from "./ec2-instance-owner-tagged/drill";
import { drill as ec2InstanceProtectedRunning } from "./ec2-instance-protected-running/drill";
import { drill as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/drill";
import { drill as iamUserMfaRequired } from "./iam-user-mfa-required/drill";
import { drill as lambdaEventSourceEnabled } from "./lambda-event-source-enabled/drill";
import { drill as rdsDatabaseDeletionReported } from "./rds-database-deletion-reported/drill";
import { drill as route53ZoneChangeReported } from "./route53-zone-change-reported/drill";
import { drill as s3BucketCreationReported } from "./s3-bucket-creation-reported/drill";
import { drill as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/drill";
import { drill as secretsmanagerSecretReadReported } from "./secretsmanager-secret-read-reported/drill";
import { drill as signinConsoleLoginExpected } from "./signin-console-login-expected/drill";
import { drill as ssmParameterChangeReported } from "./ssm-parameter-change-reported/drill";

export const drills: ReadonlyMap<string, Drill<unknown>> = new Map<string, Drill<unknown>>([
  ["cloudfront-distribution-change-reported", cloudfrontDistributionChangeReported],
  ["cloudtrail-insight-reported", cloudtrailInsightReported],
  ["cloudtrail-trail-logging", cloudtrailTrailLogging],
  ["dynamodb-table-cost-reported", dynamodbTableCostReported],
  ["dynamodb-table-created-by-pipeline", dynamodbTableCreatedByPipeline],
  ["ec2-instance-owner-tagged", ec2InstanceOwnerTagged],
  ["ec2-instance-protected-running", ec2InstanceProtectedRunning],
  ["ec2-security-group-admin-ports-closed", ec2SecurityGroupAdminPortsClosed],
  ["iam-user-mfa-required", iamUserMfaRequired],
  ["lambda-event-source-enabled", lambdaEventSourceEnabled],
  ["rds-database-deletion-reported", rdsDatabaseDeletionReported],
  ["route53-zone-change-reported", route53ZoneChangeReported],
  ["s3-bucket-creation-reported", s3BucketCreationReported],
  ["s3-bucket-policy-not-public", s3BucketPolicyNotPublic],
  ["secretsmanager-secret-read-reported", secretsmanagerSecretReadReported],
  ["signin-console-login-expected", signinConsoleLoginExpected],
  ["ssm-parameter-change-reported", ssmParameterChangeReported],
]);
