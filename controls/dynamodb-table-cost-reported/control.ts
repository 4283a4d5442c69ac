/** Whoever pays for an account learns of every new DynamoDB table, and what its capacity costs in a month. */
import type { Json } from "@bailiwick/aws-events/record";
import {
  apiCalls,
  detailValue,
  knownFacts,
  resourceFrom,
  textIn,
  type ResourceShape,
} from "../lib/event-fields";
import type { Control, Description } from "../lib/control";
import { dollars, monthlyPrice, priceNote, requestPrices, unitPrices } from "./prices";

export const TABLE: ResourceShape = {
  type: "AWS::DynamoDB::Table",
  id: /^[A-Za-z0-9_.-]{3,255}$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:dynamodb:${region}:${account}:table/${id}`,
};

export const control: Control = {
  id: "dynamodb-table-cost-reported",
  title: "The creation of a DynamoDB table is told, with what its capacity costs",
  description:
    "Provisioned capacity costs the same whether it is used or not, and stands in nobody's head as money. Each new table is told with " +
    "the monthly price of its provisioned units, indexes included, or with the price of a million requests when it is paid by request.",
  severity: "low",
  frameworks: ["NIST 800-53 r5 CM-8", "AWS Well-Architected COST 3"],
  resourceType: TABLE.type,
  pattern: apiCalls("dynamodb", ["CreateTable"]),
  resource: (event) => resourceFrom(event, TABLE, detailValue(event, "requestParameters", "tableName")),
  permissions: () => [],
  remediationSteps:
    "If the price surprises: switch the table to pay per request, give it auto scaling, or lower its provisioned units. Delete it when " +
    "nobody needs it.",
  describe(event): Description {
    const request = (...path: (string | number)[]) => detailValue(event, "requestParameters", ...path);
    const name = textIn(event, "requestParameters", "tableName") ?? "?";
    const tableClass = textIn(event, "requestParameters", "tableClass");
    const onDemand = request("billingMode") === "PAY_PER_REQUEST";
    const prices = onDemand ? requestPrices(tableClass) : unitPrices(event.region, tableClass);
    const indexes = request("globalSecondaryIndexes");
    const units = [
      request("provisionedThroughput"),
      ...(Array.isArray(indexes)
        ? indexes.map((_, index) => request("globalSecondaryIndexes", index, "provisionedThroughput"))
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
  if (typeof value !== "object" || value === null || Array.isArray(value)) return 0;
  const units = value[name];
  return typeof units === "number" && units > 0 ? units : 0;
}
