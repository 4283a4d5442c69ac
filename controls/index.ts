/**
 * The catalogue: every control's data, in the order in which documentation lists them. Data only, no SDK: the Pulumi program and the
 * history queries read it. A new control is added here by hand; a test holds the folders against this list.
 */
import type { CatalogueEntry } from "./control";
import { control as cloudtrailTrailLogging } from "./cloudtrail-trail-logging/control";
import { control as ec2SecurityGroupAdminPortsClosed } from "./ec2-security-group-admin-ports-closed/control";
import { control as s3BucketCreationTold } from "./s3-bucket-creation-told/control";
import { control as s3BucketPolicyNotPublic } from "./s3-bucket-policy-not-public/control";

export const controls: readonly CatalogueEntry[] = [
  cloudtrailTrailLogging,
  ec2SecurityGroupAdminPortsClosed,
  s3BucketCreationTold,
  s3BucketPolicyNotPublic,
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
