import assert from "node:assert/strict";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";

describe("cloudfront-distribution-change-reported", () => {
  it("reports where a new distribution leads, and that it serves plain HTTP", () => {
    assert.deepEqual(reported(control, "matching-create", {}), {
      findings: ["The distribution E2QWRUHAPOMQZL was created.", "It serves its pages over plain HTTP too."],
      facts: {
        Domain: "d111111abcdef8.cloudfront.net",
        Names: "www.harbour.example, harbour.example",
        Origins: "harbour-site.s3.eu-west-1.amazonaws.com",
        "Viewer protocol": "allow-all",
        Enabled: "yes",
      },
    });
  });

  it("reports a change", () => {
    assert.deepEqual(reported(control, "matching-update", {}), {
      findings: ["The distribution E2QWRUHAPOMQZL was changed."],
      facts: {
        Domain: "d111111abcdef8.cloudfront.net",
        Names: "www.harbour.example, harbour.example",
        Origins: "harbour-site.s3.eu-west-1.amazonaws.com",
        "Viewer protocol": "redirect-to-https",
        Enabled: "yes",
      },
    });
  });

  it("reports a deletion", () => {
    assert.deepEqual(reported(control, "matching-delete", {}), {
      findings: ["The distribution E2QWRUHAPOMQZL was deleted."],
      facts: {},
    });
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
