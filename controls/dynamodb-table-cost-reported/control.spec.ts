import assert from "node:assert/strict";
import type { Json } from "@bailiwick/aws-events/record";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";

describe("dynamodb-table-cost-reported", () => {
  it("adds up the monthly cost of table and indexes, at the region's prices", () => {
    assert.deepEqual(reported(control, "matching-provisioned", {}), {
      // 730 hours × (200 × $0.000147 + 100 × $0.000735)
      findings: ["The table berths was created; its capacity costs about $75.12 a month."],
      facts: {
        Billing: "provisioned",
        "Capacity units": "200 read, 100 write",
        Indexes: "1",
        Prices: "eu-west-1, 2025-07, without storage",
      },
    });
  });

  it("reports the request prices of an on-demand table, by its class, and that they are another region's", () => {
    assert.deepEqual(reported(control, "matching-on-demand", {}), {
      findings: [
        "The table arrivals was created; its capacity costs $0.155 a million reads and $0.780 a million writes at the prices of us-east-1.",
      ],
      facts: {
        Billing: "on demand",
        "Table class": "STANDARD_INFREQUENT_ACCESS",
        Prices: "us-east-1 (those of eu-west-1 are not known here), 2025-07, without storage",
      },
    });
  });

  const inRegion = (name: string, region: string, tableClass?: string) => {
    const event = structuredClone(eventsOf(control.id).get(name)!);
    event.region = region;
    const request = event.detail["requestParameters"] as Record<string, Json>;
    if (tableClass === undefined) delete request["tableClass"];
    else request["tableClass"] = tableClass;
    const description = control.describe?.(event, {});
    assert(description?.report === true);
    return [description.findings[0]?.split("its capacity ")[1], description.facts["Prices"]];
  };

  it("prices an on-demand table of the standard class in us-east-1", () => {
    assert.deepEqual(inRegion("matching-on-demand", "us-east-1"), [
      "costs $0.125 a million reads and $0.625 a million writes.",
      "us-east-1, 2025-07, without storage",
    ]);
  });

  it("prices units by region, and without a price of the region at us-east-1's, and says so", () => {
    // 730 hours × (200 × read + 100 × write)
    assert.deepEqual(inRegion("matching-provisioned", "us-east-1"), [
      "costs about $66.43 a month.",
      "us-east-1, 2025-07, without storage",
    ]);
    assert.deepEqual(inRegion("matching-provisioned", "eu-central-1"), [
      "costs about $81.04 a month.",
      "eu-central-1, 2025-07, without storage",
    ]);
    assert.deepEqual(inRegion("matching-provisioned", "me-central-1"), [
      "costs about $66.43 a month at the prices of us-east-1.",
      "us-east-1 (those of me-central-1 are not known here), 2025-07, without storage",
    ]);
    assert.deepEqual(inRegion("matching-provisioned", "eu-west-1", "STANDARD_INFREQUENT_ACCESS"), [
      "costs about $82.49 a month at the prices of us-east-1.",
      "us-east-1 (those of eu-west-1 are not known here), 2025-07, without storage",
    ]);
  });

  it("takes an unknown table class as standard, and an invalid region as unknown", () => {
    assert.deepEqual(
      inRegion("matching-provisioned", "us-east-1", "constructor"),
      inRegion("matching-provisioned", "us-east-1"),
    );
    assert.match(inRegion("matching-provisioned", "toString")[1] ?? "", /^us-east-1 \(those of toString/);
  });

  it("reports events that lack the expected fields, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-provisioned")!)) {
      const description = control.describe?.(odd, {});
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});

describe("dynamodb-table-cost-reported: tables that are imported or restored", () => {
  const saidOf = (eventName: string, requestParameters: object, responseElements: object = {}) => {
    const event = structuredClone(eventsOf(control.id).get("matching-on-demand")!);
    Object.assign(event.detail, { eventName, requestParameters, responseElements });
    const description = control.describe?.(event, {});
    assert(description?.report === true);
    return description.findings;
  };
  const provisionedThroughput = { readCapacityUnits: 100, writeCapacityUnits: 0 };

  it("have the definition of the import", () => {
    const tableCreationParameters = { tableName: "berths", provisionedThroughput };
    assert.deepEqual(saidOf("ImportTable", { tableCreationParameters }), [
      "The table berths was created; its capacity costs about $10.73 a month.",
    ]);
  });

  it("have the definition of their backup, as the answer has it, or what overrides it", () => {
    const tableDescription = { provisionedThroughput };
    const request = { targetTableName: "berths" };
    assert.deepEqual(saidOf("RestoreTableFromBackup", request, { tableDescription }), [
      "The table berths was created; its capacity costs about $10.73 a month.",
    ]);
    const onDemand = { ...request, billingModeOverride: "PAY_PER_REQUEST" };
    assert.deepEqual(saidOf("RestoreTableToPointInTime", onDemand, { tableDescription }), [
      "The table berths was created; its capacity costs $0.125 a million reads and $0.625 a million writes at the prices of us-east-1.",
    ]);
  });
});
