import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { registrations } from "../tests/support/registrations";
import { Ledger } from "./Ledger";

const make = (protectEvidence: boolean) =>
  registrations(
    () =>
      new Ledger("ledger", {
        partition: "aws",
        securityAccountId: "222222222222",
        region: "eu-west-1",
        protectEvidence,
        provider: new aws.Provider("security", { region: "eu-west-1" }),
      }),
  );

describe("Ledger", () => {
  it("keeps its items encrypted, recoverable to any second, and only until each expires", async () => {
    const { inputs } = (await make(true)).one("aws:dynamodb/table:Table");

    assert.deepEqual(inputs["serverSideEncryption"], { enabled: true });
    assert.deepEqual(inputs["pointInTimeRecovery"], { enabled: true });
    assert.deepEqual(inputs["ttl"], { attributeName: "expires", enabled: true });
    assert.equal(inputs["billingMode"], "PAY_PER_REQUEST");
  });

  it("can't be deleted while evidence is protected", async () => {
    for (const protect of [true, false]) {
      const table = (await make(protect)).one("aws:dynamodb/table:Table");

      assert.equal(table.protect, protect);
      assert.equal(table.inputs["deletionProtectionEnabled"], protect);
    }
  });

  it("finds items by id, and lists them by time", async () => {
    const { inputs } = (await make(true)).one("aws:dynamodb/table:Table");

    assert.equal(inputs["hashKey"], "id");
    assert.deepEqual(inputs["globalSecondaryIndexes"], [
      { name: "list", hashKey: "list", rangeKey: "at", projectionType: "ALL" },
    ]);
  });
});
