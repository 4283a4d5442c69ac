import assert from "node:assert/strict";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";

describe("route53-zone-change-reported", () => {
  it("reports a new zone", () => {
    assert.deepEqual(reported(control, "matching-create", {}), {
      findings: ["The public hosted zone harbour.example. was created."],
      facts: { Domain: "harbour.example." },
    });
  });

  it("reports a deleted zone", () => {
    assert.deepEqual(reported(control, "matching-delete", {}), {
      findings: ["The hosted zone Z08512342XQ7P4K9M1CN was deleted."],
      facts: {},
    });
  });

  it("reports changes to sensitive records, and to no others", () => {
    assert.deepEqual(reported(control, "matching-mail", {}), {
      findings: [
        "The MX record of harbour.example was changed.",
        "The CAA record of harbour.example was deleted.",
      ],
      facts: { "Hosted zone": "Z08512342XQ7P4K9M1CN" },
    });
  });

  it("doesn't report addresses", () => {
    assert.deepEqual(
      reported(control, "matching-address", {}),
      "No NS, MX, CAA, DS or SOA record was changed.",
    );
  });

  it("reports events that lack the expected fields, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-create")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
