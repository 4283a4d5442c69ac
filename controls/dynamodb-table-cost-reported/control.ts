/** Reports every new DynamoDB table with the monthly cost of its capacity. */
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import { apiCalls, knownFacts } from "../lib/event-fields";
import { newTableDefinition, newTableOf, TABLE_CREATIONS } from "../lib/new-table";
import { TABLE } from "../lib/resources";
import type { Control, Description } from "../lib/control";
import { dollars, monthlyPrice, priceNote, requestPrices, unitPrices } from "./prices";

export const control: Control = {
  id: "dynamodb-table-cost-reported",
  formerIds: ["dynamodb-table-cost-told"],
  title: "DynamoDB table created, with the cost of its capacity",
  description:
    "Provisioned capacity costs the same whether it is used or not, and few people know how much. Each new table is reported with the " +
    "monthly price of its provisioned units, indexes included, or, if it is paid by request, with the price of a million requests.",
  severity: "low",
  frameworks: ["NIST 800-53 r5 CM-8", "AWS Well-Architected COST 3"],
  resourceType: TABLE.type,
  pattern: apiCalls("dynamodb", TABLE_CREATIONS),
  resource: newTableOf,
  remediationSteps:
    "If the price is a surprise, switch the table to pay per request, give it auto scaling, or lower its provisioned units. Delete it " +
    "if nobody needs it.",
  unpreventable: "A new table is no fault; its cost is reported once it exists.",
  describe(event): Description {
    const definition = newTableDefinition(event);
    const name = newTableOf(event)?.id ?? "?";
    const tableClass = typeof definition["tableClass"] === "string" ? definition["tableClass"] : undefined;
    const onDemand = definition["billingMode"] === "PAY_PER_REQUEST";
    const prices = onDemand ? requestPrices(tableClass) : unitPrices(event.region, tableClass);
    const indexes = definition["globalSecondaryIndexes"];
    const units = [
      definition["provisionedThroughput"],
      ...(Array.isArray(indexes)
        ? indexes.map((index) => (isJsonObject(index) ? index["provisionedThroughput"] : undefined))
        : []),
    ].map(
      (throughput) =>
        [count(throughput, "readCapacityUnits"), count(throughput, "writeCapacityUnits")] as const,
    );
    const reads = units.reduce((sum, [each]) => sum + each, 0);
    const writes = units.reduce((sum, [, each]) => sum + each, 0);
    const price = onDemand
      ? `${dollars(prices.read, 3)} a million reads and ${dollars(prices.write, 3)} a million writes`
      : `about ${dollars(monthlyPrice(prices, reads, writes))} a month`;
    const elsewhere = prices.region === event.region ? "" : ` at the prices of ${prices.region}`;
    return {
      report: true,
      findings: [`The table ${name} was created; its capacity costs ${price}${elsewhere}.`],
      facts: knownFacts({
        Billing: onDemand ? "on demand" : "provisioned",
        "Capacity units": onDemand ? undefined : `${reads} read, ${writes} write`,
        Indexes: Array.isArray(indexes) && indexes.length > 0 ? String(indexes.length) : undefined,
        "Table class": tableClass,
        Prices: priceNote(prices, event.region),
      }),
    };
  },
};

function count(value: Json | undefined, name: string): number {
  if (!isJsonObject(value)) return 0;
  const units = value[name];
  return typeof units === "number" && units > 0 ? units : 0;
}
