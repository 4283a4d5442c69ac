/** Each control's drill, by id. */
import type { Drill } from "./control";
import { drill as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/drill";
import { drill as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/drill";
import { drill as s3BucketCreationTold } from "./s3-bucket-creation-told/drill";
import { drill as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/drill";

export const drills: ReadonlyMap<string, Drill<unknown>> = new Map<string, Drill<unknown>>([
  ["cloudtrail-trail-logging", cloudtrailTrailLogging],
  ["ec2-security-group-admin-ports-closed", ec2SecurityGroupAdminPortsClosed],
  ["s3-bucket-creation-told", s3BucketCreationTold],
  ["s3-bucket-policy-not-public", s3BucketPolicyNotPublic],
]);
