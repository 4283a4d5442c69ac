import assert from "node:assert/strict";
import { eventsOf, oddEvents, told } from "../lib/testing";
import { control } from "./control";

describe("secretsmanager-secret-read-reported", () => {
  it("tells which user read which secret", () => {
    assert.deepEqual(told(control, "matching-by-user", {}), {
      findings: ["pilot read the secret harbour/orders."],
      facts: { Secret: "harbour/orders", "Access key": "AKIAZQ3DJ4KTB2C5D7EX" },
    });
  });

  it("tells of root, with the version", () => {
    assert.deepEqual(told(control, "matching-by-root", {}), {
      findings: ["Root read the secret harbour/orders-a1B2c3."],
      facts: {
        Secret: "harbour/orders-a1B2c3",
        Version: "AWSPREVIOUS",
        "Access key": "ASIAZQ3DJ4KTN3X7K2RA",
        MFA: "used",
      },
    });
  });

  it("tells of people who came through IAM Identity Center", () => {
    assert.deepEqual(told(control, "matching-by-person", {}), {
      findings: ["maria.lindqvist read the secret harbour/orders."],
      facts: { Secret: "harbour/orders", "Access key": "ASIAZQ3DJ4KTPW6B5RUH", MFA: "not used" },
    });
  });

  it("says something of events without what it looks for, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-by-user")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
