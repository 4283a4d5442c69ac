import assert from "node:assert/strict";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";

describe("rds-database-deletion-reported", () => {
  it("reports that nothing is left of an instance", () => {
    assert.deepEqual(reported(control, "matching-no-snapshot", {}), {
      findings: ["The database instance harbour-orders is being deleted.", "No final snapshot is taken."],
      facts: {
        Engine: "postgres 16.3",
        Class: "db.r6g.large",
        Storage: "200 GiB",
        "Final snapshot": "none",
        "Automated backups": "deleted, unless AWS Backup keeps them",
      },
    });
  });

  it("reports the final snapshot and backups that are kept", () => {
    assert.deepEqual(reported(control, "matching-with-snapshot", {}), {
      findings: [
        "The database instance harbour-orders is being deleted.",
        "A final snapshot, harbour-orders-final, is taken first.",
      ],
      facts: {
        Engine: "postgres 16.3",
        Class: "db.r6g.large",
        Storage: "200 GiB",
        "Final snapshot": "harbour-orders-final",
        "Automated backups": "kept",
      },
    });
  });

  it("reports that the data of an instance stays in its cluster", () => {
    assert.deepEqual(reported(control, "matching-cluster-member", {}), {
      findings: [
        "The database instance ledger-reader is being deleted.",
        "Its data stays in the cluster ledger.",
      ],
      facts: { Engine: "aurora-postgresql 16.2", Class: "db.r6g.large" },
    });
  });

  it("reports clusters", () => {
    assert.deepEqual(reported(control, "matching-cluster", {}), {
      findings: ["The database cluster ledger is being deleted.", "No final snapshot is taken."],
      facts: {
        Engine: "aurora-postgresql 16.2",
        Storage: "1 GiB",
        "Final snapshot": "none",
        "Automated backups": "deleted, unless AWS Backup keeps them",
      },
    });
  });

  it("reports events that lack the expected fields, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-no-snapshot")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
