import type * as aws from "@pulumi/aws";
import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

const INSTANCE = "aws:rds/instance:Instance";
const CLUSTER = "aws:rds/cluster:Cluster";
const UNPROTECTED =
  "A single call, or a slip in the program, could delete the database. Set `deletionProtection: true`.";
const NOTHING_LEFT =
  "Its deletion would leave nothing to restore. Set `skipFinalSnapshot: false` with a `finalSnapshotIdentifier`, or keep its backups with " +
  "`deleteAutomatedBackups: false`.";

type Args = Partial<aws.rds.InstanceArgs & aws.rds.ClusterArgs>;
const both = (args: Args) => {
  const [instance, cluster] = [INSTANCE, CLUSTER].map((type) => reports(prevention, type, { ...args }));
  assert.deepEqual(instance, cluster);
  return instance;
};

describe("rds-database-deletion-reported: prevention", () => {
  it("only advises", () => assert.equal(prevention.enforcementLevel, "advisory"));

  it("accepts databases that are protected and leave a final snapshot", () => {
    assert.deepEqual(both({ deletionProtection: true, finalSnapshotIdentifier: "invoices-last" }), []);
    assert.deepEqual(both({ deletionProtection: true, skipFinalSnapshot: false }), []);
  });

  it("advises against databases that a single call could delete", () => {
    assert.deepEqual(both({}), [UNPROTECTED]);
    assert.deepEqual(both({ deletionProtection: false }), [UNPROTECTED]);
  });

  it("advises against databases that would leave neither snapshot nor backups", () => {
    assert.deepEqual(both({ deletionProtection: true, skipFinalSnapshot: true }), [NOTHING_LEFT]);
    assert.deepEqual(both({ skipFinalSnapshot: true, deleteAutomatedBackups: true }), [
      UNPROTECTED,
      NOTHING_LEFT,
    ]);
    assert.deepEqual(
      both({ deletionProtection: true, skipFinalSnapshot: true, deleteAutomatedBackups: false }),
      [],
    );
  });

  it("asks nothing of replicas, whose data is elsewhere", () => {
    const skipFinalSnapshot = true;
    assert.deepEqual(reports(prevention, INSTANCE, { replicateSourceDb: "invoices", skipFinalSnapshot }), []);
    assert.deepEqual(
      reports(prevention, CLUSTER, {
        replicationSourceIdentifier: "arn:aws:rds:eu-west-1:210987654321:cluster:invoices",
        skipFinalSnapshot,
      }),
      [],
    );
  });

  it("reports what is known when a preview doesn't know the rest", () => {
    assert.deepEqual(
      reports(prevention, INSTANCE, { deletionProtection: UNKNOWN, skipFinalSnapshot: true }),
      [NOTHING_LEFT, "thrown: string value at .deletionProtection can't be known during preview"],
    );
    assert.deepEqual(reports(prevention, INSTANCE, { identifier: UNKNOWN }), [UNPROTECTED]);
  });

  it("reports nothing about an instance in a cluster, which has no data of its own", () => {
    assert.deepEqual(reports(prevention, "aws:rds/clusterInstance:ClusterInstance", {}), []);
  });

  it("advises, whatever the severity of a deletion: databases may be deleted", () =>
    assert.deepEqual([prevention.severity, prevention.enforcementLevel], ["high", "advisory"]));
});
