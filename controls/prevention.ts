/** Each control's CrossGuard policy, named by the control's id, in the catalogue's order. */
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { prevention as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/prevent";
import { prevention as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/prevent";
import { prevention as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/prevent";

export const preventions: readonly ResourceValidationPolicy[] = [
  cloudtrailTrailLogging,
  ec2SecurityGroupAdminPortsClosed,
  s3BucketPolicyNotPublic,
];
