/**
 * The catalogue: every control's data, in the order in which documentation lists them. Data only, no SDK: the Pulumi program and the
 * history queries read it. A new control is added here by hand; a test holds the folders against this list.
 */
import type { CatalogueEntry } from "./control";
import { control as cloudfrontDistributionChangeTold } from "./cloudfront-distribution-change-told/control";
import { control as cloudtrailInsightTold } from "./cloudtrail-insight-told/control";
import { control as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/control";
import { control as dynamodbTableCostTold } from "./dynamodb-table-cost-told/control";
import { control as dynamodbTableCreatedByPipeline } from "./dynamodb-table-created-by-pipeline/control";
import { control as ec2InstanceOwnerTagged } from "./ec2-instance-owner-tagged/control";
import { control as ec2InstanceProtectedRunning } from "./ec2-instance-protected-running/control";
import { control as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/control";
import { control as iamUserMfaRequired } from "./iam-user-mfa-required/control";
import { control as lambdaEventSourceEnabled } from "./lambda-event-source-enabled/control";
import { control as rdsDatabaseDeletionTold } from "./rds-database-deletion-told/control";
import { control as route53ZoneChangeTold } from "./route53-zone-change-told/control";
import { control as s3BucketCreationTold } from "./s3-bucket-creation-told/control";
import { control as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/control";
import { control as secretsmanagerSecretReadTold } from "./secretsmanager-secret-read-told/control";
import { control as signinConsoleLoginExpected } from "./signin-console-login-expected/control";
import { control as ssmParameterChangeTold } from "./ssm-parameter-change-told/control";

export const controls: readonly CatalogueEntry[] = [
  cloudfrontDistributionChangeTold,
  cloudtrailInsightTold,
  cloudtrailTrailLogging,
  dynamodbTableCostTold,
  dynamodbTableCreatedByPipeline,
  ec2InstanceOwnerTagged,
  ec2InstanceProtectedRunning,
  ec2SecurityGroupAdminPortsClosed,
  iamUserMfaRequired,
  lambdaEventSourceEnabled,
  rdsDatabaseDeletionTold,
  route53ZoneChangeTold,
  s3BucketCreationTold,
  s3BucketPolicyNotPublic,
  secretsmanagerSecretReadTold,
  signinConsoleLoginExpected,
  ssmParameterChangeTold,
];

const byId = new Map(controls.map((control) => [control.id, control]));

/** The control with this id; throws an error that lists the ids there are when none has it. */
export function controlById(id: string): CatalogueEntry {
  const control = byId.get(id);
  if (!control) {
    throw new RangeError(`There is no control \`${id}\`. The controls are: ${[...byId.keys()].join(", ")}.`);
  }
  return control;
}
