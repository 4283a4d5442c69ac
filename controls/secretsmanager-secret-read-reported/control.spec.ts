import assert from "node:assert/strict";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";

describe("secretsmanager-secret-read-reported", () => {
  it("reports which user read which secret", () => {
    assert.deepEqual(reported(control, "matching-by-user", {}), {
      findings: ["pilot read the secret harbour/orders."],
      facts: { Secret: "harbour/orders", "Access key": "AKIAZQ3DJ4KTB2C5D7EX" },
    });
  });

  it("reports root, with the version", () => {
    assert.deepEqual(reported(control, "matching-by-root", {}), {
      findings: ["Root read the secret harbour/orders-a1B2c3."],
      facts: {
        Secret: "harbour/orders-a1B2c3",
        Version: "AWSPREVIOUS",
        "Access key": "ASIAZQ3DJ4KTN3X7K2RA",
        MFA: "used",
      },
    });
  });

  it("reports people who signed in through IAM Identity Center", () => {
    assert.deepEqual(reported(control, "matching-by-person", {}), {
      findings: ["maria.lindqvist read the secret harbour/orders."],
      facts: { Secret: "harbour/orders", "Access key": "ASIAZQ3DJ4KTPW6B5RUH", MFA: "not used" },
    });
  });

  it("reports events that lack the expected fields, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-by-user")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
