/**
 * The catalogue: every control's data, in the order in which documentation lists them. Data only, no SDK: the Pulumi program and the
 * history queries read it. A new control is added here by hand; a test holds the folders against this list.
 */
import type { CatalogueEntry } from "./lib/control";
import { control as cloudfrontDistributionChangeReported } from "./cloudfront-distribution-change-reported/control";
import { control as cloudtrailInsightReported } from "./cloudtrail-insight-reported/control";
import { control as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/control";
import { control as dynamodbTableCostReported } from "./dynamodb-table-cost-reported/control";
import { control as dynamodbTableCreatedByPipeline } from "./dynamodb-table-created-by-pipeline/control";
import { control as ec2InstanceOwnerTagged } from "./ec2-instance-owner-tagged/control";
import { control as ec2InstanceProtectedRunning } from "./ec2-instance-protected-running/control";
import { control as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/control";
import { control as iamUserMfaRequired } from "./iam-user-mfa-required/control";
import { control as lambdaEventSourceEnabled } from "./lambda-event-source-enabled/control";
import { control as rdsDatabaseDeletionReported } from "./rds-database-deletion-reported/control";
import { control as route53ZoneChangeReported } from "./route53-zone-change-reported/control";
import { control as s3BucketCreationReported } from "./s3-bucket-creation-reported/control";
import { control as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/control";
import { control as secretsmanagerSecretReadReported } from "./secretsmanager-secret-read-reported/control";
import { control as signinConsoleLoginExpected } from "./signin-console-login-expected/control";
import { control as ssmParameterChangeReported } from "./ssm-parameter-change-reported/control";

export const controls: readonly CatalogueEntry[] = [
  cloudfrontDistributionChangeReported,
  cloudtrailInsightReported,
  cloudtrailTrailLogging,
  dynamodbTableCostReported,
  dynamodbTableCreatedByPipeline,
  ec2InstanceOwnerTagged,
  ec2InstanceProtectedRunning,
  ec2SecurityGroupAdminPortsClosed,
  iamUserMfaRequired,
  lambdaEventSourceEnabled,
  rdsDatabaseDeletionReported,
  route53ZoneChangeReported,
  s3BucketCreationReported,
  s3BucketPolicyNotPublic,
  secretsmanagerSecretReadReported,
  signinConsoleLoginExpected,
  ssmParameterChangeReported,
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
