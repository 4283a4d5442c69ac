/**
 * The catalogue: one line a control, in the order in which the documentation lists them. To add a control, write its folder and its
 * line; to remove it, delete both. This loads the controls' data alone, no SDK: the Pulumi program and the history queries read it.
 */
import type { CatalogueEntry } from "./lib/control";
import type { Drill } from "./lib/drill/drill";
import type { Prevention } from "./lib/prevention";
import type { Remediation } from "./lib/remediation";
import { loadControl, loadSide } from "./lib/sides";

const IDS = [
  "cloudfront-distribution-change-reported",
  "cloudtrail-insight-reported",
  "cloudtrail-trail-logging",
  "dynamodb-table-cost-reported",
  "dynamodb-table-created-by-pipeline",
  "ec2-instance-owner-tagged",
  "ec2-instance-protected-running",
  "ec2-security-group-admin-ports-closed",
  "events-forwarding-intact",
  "iam-user-mfa-required",
  "lambda-event-source-enabled",
  "rds-database-deletion-reported",
  "route53-zone-change-reported",
  "s3-bucket-creation-reported",
  "s3-bucket-policy-not-public",
  "secretsmanager-secret-read-reported",
  "signin-console-login-expected",
  "ssm-parameter-change-reported",
];

export const controls: readonly CatalogueEntry[] = IDS.map((id) => loadControl(id));

const byId = new Map(controls.map((control) => [control.id, control]));

/** The control with this id; throws an error that lists the ids there are when none has it. */
export function controlById(id: string): CatalogueEntry {
  const control = byId.get(id);
  if (!control) {
    throw new RangeError(`There is no control \`${id}\`. The controls are: ${[...byId.keys()].join(", ")}.`);
  }
  return control;
}

/** The control's remediation; undefined when its folder has no remediate.ts. */
export const findRemediation = (id: string): Remediation<unknown> | undefined => loadSide(id, "remediate");

/** The control's CrossGuard policy; undefined when its folder has no prevent.ts. */
export const findPrevention = (id: string): Prevention | undefined => loadSide(id, "prevent");

/** The control's drill; undefined when its folder has no drill.ts. */
export const findDrill = (id: string): Drill<unknown> | undefined => loadSide(id, "drill");
