/** Each control's drill, by id. */
import type { Drill } from "./control";
import { drill as cloudfrontDistributionChangeTold } from "./cloudfront-distribution-change-told/drill";
import { drill as cloudtrailInsightTold } from "./cloudtrail-insight-told/drill";
import { drill as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/drill";
import { drill as dynamodbTableCostTold } from "./dynamodb-table-cost-told/drill";
import { drill as dynamodbTableCreatedByPipeline } from "./dynamodb-table-created-by-pipeline/drill";
import { drill as ec2InstanceOwnerTagged } from "./ec2-instance-owner-tagged/drill";
import { drill as ec2InstanceProtectedRunning } from "./ec2-instance-protected-running/drill";
import { drill as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/drill";
import { drill as iamUserMfaRequired } from "./iam-user-mfa-required/drill";
import { drill as lambdaEventSourceEnabled } from "./lambda-event-source-enabled/drill";
import { drill as rdsDatabaseDeletionTold } from "./rds-database-deletion-told/drill";
import { drill as route53ZoneChangeTold } from "./route53-zone-change-told/drill";
import { drill as s3BucketCreationTold } from "./s3-bucket-creation-told/drill";
import { drill as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/drill";
import { drill as secretsmanagerSecretReadTold } from "./secretsmanager-secret-read-told/drill";
import { drill as signinConsoleLoginExpected } from "./signin-console-login-expected/drill";
import { drill as ssmParameterChangeTold } from "./ssm-parameter-change-told/drill";

export const drills: ReadonlyMap<string, Drill<unknown>> = new Map<string, Drill<unknown>>([
  ["cloudfront-distribution-change-told", cloudfrontDistributionChangeTold],
  ["cloudtrail-insight-told", cloudtrailInsightTold],
  ["cloudtrail-trail-logging", cloudtrailTrailLogging],
  ["dynamodb-table-cost-told", dynamodbTableCostTold],
  ["dynamodb-table-created-by-pipeline", dynamodbTableCreatedByPipeline],
  ["ec2-instance-owner-tagged", ec2InstanceOwnerTagged],
  ["ec2-instance-protected-running", ec2InstanceProtectedRunning],
  ["ec2-security-group-admin-ports-closed", ec2SecurityGroupAdminPortsClosed],
  ["iam-user-mfa-required", iamUserMfaRequired],
  ["lambda-event-source-enabled", lambdaEventSourceEnabled],
  ["rds-database-deletion-told", rdsDatabaseDeletionTold],
  ["route53-zone-change-told", route53ZoneChangeTold],
  ["s3-bucket-creation-told", s3BucketCreationTold],
  ["s3-bucket-policy-not-public", s3BucketPolicyNotPublic],
  ["secretsmanager-secret-read-told", secretsmanagerSecretReadTold],
  ["signin-console-login-expected", signinConsoleLoginExpected],
  ["ssm-parameter-change-told", ssmParameterChangeTold],
]);
