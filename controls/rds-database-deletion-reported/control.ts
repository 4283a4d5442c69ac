/** Reports deletions of RDS databases at once, and whether a final snapshot is taken. */
import type { Control, Description } from "../lib/control";
import { apiCalls, detailValue, knownFacts, textIn } from "../lib/event-fields";
import { resourceFrom, type ResourceShape } from "../lib/resources";

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** RDS compares identifiers without case, and keeps them in lower case. */
const canonical = (id: string): string => id.toLowerCase();
const INSTANCE: ResourceShape = {
  type: "AWS::RDS::DBInstance",
  id: NAME,
  canonical,
  arn: ({ partition, account, region, id }) => `arn:${partition}:rds:${region}:${account}:db:${id}`,
};
const CLUSTER: ResourceShape = {
  type: "AWS::RDS::DBCluster",
  id: NAME,
  canonical,
  arn: ({ partition, account, region, id }) => `arn:${partition}:rds:${region}:${account}:cluster:${id}`,
};

export const control: Control = {
  id: "rds-database-deletion-reported",
  formerIds: ["rds-database-deletion-told"],
  title: "RDS instance or cluster deleted",
  description:
    "After a mistaken deletion, minutes count: without a final snapshot only automated backups can restore the database, and they may " +
    "be deleted with it. Each deletion is reported at once, with who requested it and what remains of the data.",
  severity: "high",
  frameworks: ["AWS FSBP RDS.8", "NIST 800-53 r5 CP-9", "NIST 800-53 r5 AU-6"],
  resourceType: INSTANCE.type,
  otherResourceTypes: [CLUSTER.type],
  pattern: apiCalls("rds", ["DeleteDBInstance", "DeleteDBCluster"]),
  resource: (event) =>
    event.detail["eventName"] === "DeleteDBCluster"
      ? resourceFrom(event, CLUSTER, detailValue(event, "requestParameters", "dBClusterIdentifier"))
      : resourceFrom(event, INSTANCE, detailValue(event, "requestParameters", "dBInstanceIdentifier")),
  remediationSteps:
    "If the deletion was a mistake, restore the final snapshot, or an automated backup if it was retained, before it expires. Enable " +
    "deletion protection for databases that must not be deleted.",
  describe(event): Description {
    const cluster = event.detail["eventName"] === "DeleteDBCluster";
    const name = textIn(event, "requestParameters", cluster ? "dBClusterIdentifier" : "dBInstanceIdentifier");
    const snapshot = textIn(event, "requestParameters", "finalDBSnapshotIdentifier");
    const kept = detailValue(event, "requestParameters", "deleteAutomatedBackups") === false;
    // An instance of a cluster has no data of its own.
    const inCluster = textIn(event, "responseElements", "dBClusterIdentifier");
    const memberOf = cluster ? undefined : inCluster;
    const size = detailValue(event, "responseElements", "allocatedStorage");
    const version = textIn(event, "responseElements", "engineVersion");
    const findings = [`The database ${cluster ? "cluster" : "instance"} ${name ?? "?"} is being deleted.`];
    if (memberOf !== undefined) findings.push(`Its data stays in the cluster ${memberOf}.`);
    else if (snapshot !== undefined) findings.push(`A final snapshot, ${snapshot}, is taken first.`);
    else findings.push(`No final snapshot is taken${kept ? ", but its automated backups are kept" : ""}.`);
    return {
      report: true,
      findings,
      facts: knownFacts({
        Engine: [textIn(event, "responseElements", "engine"), version].filter(Boolean).join(" ") || undefined,
        Class: textIn(event, "responseElements", "dBInstanceClass"),
        Storage: typeof size === "number" && memberOf === undefined ? `${size} GiB` : undefined,
        "Final snapshot": memberOf === undefined ? (snapshot ?? "none") : undefined,
        "Automated backups":
          memberOf === undefined ? (kept ? "kept" : "deleted, unless AWS Backup keeps them") : undefined,
      }),
    };
  },
};
