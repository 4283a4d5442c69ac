import assert from "node:assert/strict";
import { eventsOf, oddEvents, told } from "../spec-support";
import { control } from "./control";

describe("dynamodb-table-cost-told", () => {
  it("adds up what table and indexes cost in a month", () => {
    assert.deepEqual(told(control, "matching-provisioned", {}), {
      // 730 hours × (200 × $0.00013 + 100 × $0.00065)
      findings: ["The table berths was created; its capacity costs about $66.43 a month."],
      facts: {
        Billing: "provisioned",
        "Capacity units": "200 read, 100 write",
        Indexes: "1",
        Prices: "US East (N. Virginia), 2025-11, without storage",
      },
    });
  });

  it("tells the prices of requests of a table on demand, by its class", () => {
    assert.deepEqual(told(control, "matching-on-demand", {}), {
      findings: [
        "The table arrivals was created; its capacity costs $0.15 a million reads and $0.78 a million writes.",
      ],
      facts: {
        Billing: "on demand",
        "Table class": "STANDARD_INFREQUENT_ACCESS",
        Prices: "US East (N. Virginia), 2025-11, without storage",
      },
    });
  });

  it("says something of events without what it looks for, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-provisioned")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});
