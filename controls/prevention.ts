/** Each control's CrossGuard policy, named by the control's id, in the catalogue's order; and why the others have none. */
import type { Prevention } from "./lib/prevention";
import { prevention as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/prevent";
import { prevention as ec2InstanceOwnerTagged } from "./ec2-instance-owner-tagged/prevent";
import { prevention as ec2InstanceProtectedRunning } from "./ec2-instance-protected-running/prevent";
import { prevention as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/prevent";
import { prevention as iamUserMfaRequired } from "./iam-user-mfa-required/prevent";
import { prevention as lambdaEventSourceEnabled } from "./lambda-event-source-enabled/prevent";
import { prevention as rdsDatabaseDeletionReported } from "./rds-database-deletion-reported/prevent";
import { prevention as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/prevent";

export const preventions: readonly Prevention[] = [
  cloudtrailTrailLogging,
  ec2InstanceOwnerTagged,
  ec2InstanceProtectedRunning,
  ec2SecurityGroupAdminPortsClosed,
  iamUserMfaRequired,
  lambdaEventSourceEnabled,
  rdsDatabaseDeletionReported,
  s3BucketPolicyNotPublic,
];

/** Why a Pulumi program can't commit what a control is about: one sentence for each control without a policy. */
export const unpreventable: Readonly<Record<string, string>> = {
  "cloudfront-distribution-change-reported":
    "Changing a distribution is no fault, and a change made by a program has been reviewed with it.",
  "cloudtrail-insight-reported": "Insights are about the rate of calls while the account is in use.",
  "dynamodb-table-cost-reported": "A new table is no fault; its cost is reported once it exists.",
  "dynamodb-table-created-by-pipeline":
    "A policy doesn't know which principal runs the program, and only the principal counts.",
  "route53-zone-change-reported":
    "Changing records is no fault, and a change made by a program has been reviewed with it.",
  "s3-bucket-creation-reported": "A new bucket is no fault; s3-bucket-policy-not-public judges its policy.",
  "secretsmanager-secret-read-reported": "Secrets are read by calls while the account is in use.",
  "signin-console-login-expected": "People sign in to the console; programs don't.",
  "ssm-parameter-change-reported":
    "Changing a parameter is no fault, and a change made by a program has been reviewed with it.",
};
