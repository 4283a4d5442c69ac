import assert from "node:assert/strict";
import { eventsOf, oddEvents, told } from "../lib/testing";
import { control } from "./control";

describe("route53-zone-change-reported", () => {
  it("tells of a new zone", () => {
    assert.deepEqual(told(control, "matching-create", {}), {
      findings: ["The public hosted zone harbour.example. was created."],
      facts: { Domain: "harbour.example." },
    });
  });

  it("tells of a zone that is gone", () => {
    assert.deepEqual(told(control, "matching-delete", {}), {
      findings: ["The hosted zone Z08512342XQ7P4K9M1CN was deleted."],
      facts: {},
    });
  });

  it("tells of the records that a domain is trusted by, and of no others", () => {
    assert.deepEqual(told(control, "matching-mail", {}), {
      findings: [
        "The MX record of harbour.example was changed.",
        "The CAA record of harbour.example was deleted.",
      ],
      facts: { "Hosted zone": "Z08512342XQ7P4K9M1CN" },
    });
  });

  it("is silent about addresses", () => {
    assert.deepEqual(
      told(control, "matching-address", {}),
      "No record was changed that the domain is trusted by.",
    );
  });

  it("says something of events without what it looks for, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-create")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
