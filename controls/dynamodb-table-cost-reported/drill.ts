/** Creates a table with provisioned capacity, and tries to create one with an invalid key, which is refused. */
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runAll, sameReport, REPORTS_ONLY } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import { TABLE } from "../lib/resources";
import { dollars, monthlyPrice, priceNote, unitPrices } from "./prices";

interface Tables {
  made: string;
  refused: string;
}

export const drill: Drill<Record<string, never>, Tables> = {
  ...REPORTS_ONLY,
  silentBenign: true,

  prepare: ({ name }) => Promise.resolve({ made: `${name}-made`, refused: `${name}-refused` }),

  async offend({ aws }, { made }) {
    await new DynamoDBClient(aws).send(
      new CreateTableCommand({
        TableName: made,
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        ProvisionedThroughput: { ReadCapacityUnits: 2, WriteCapacityUnits: 1 },
      }),
    );
  },

  checkReported({ aws: { region } }, { made }, outcome) {
    const prices = unitPrices(region, undefined);
    const price = dollars(monthlyPrice(prices, 2, 1));
    const elsewhere = prices.region === region ? "" : ` at the prices of ${prices.region}`;
    return sameReport(outcome, {
      findings: [`The table ${made} was created; its capacity costs about ${price} a month${elsewhere}.`],
      facts: {
        Billing: "provisioned",
        "Capacity units": "2 read, 1 write",
        Prices: priceNote(prices, region),
      },
    });
  },

  async benign({ aws }, { refused }) {
    try {
      await new DynamoDBClient(aws).send(
        new CreateTableCommand({
          TableName: refused,
          AttributeDefinitions: [{ AttributeName: "other", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
    } catch (error) {
      if (isNamed(error, "ValidationException")) return;
      throw error;
    }
    await remove(aws, refused);
    throw new Error(`The table ${refused} should have been refused but was created.`);
  },

  cleanUp: ({ aws }, { made }) => runAll([() => remove(aws, made)], ["ResourceNotFoundException"]),

  resources: (context, { made, refused }) => ({
    offended: arnOf(context, made),
    benign: arnOf(context, refused),
  }),
};

async function remove(aws: DrillContext["aws"], name: string): Promise<void> {
  await new DynamoDBClient(aws).send(new DeleteTableCommand({ TableName: name }));
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return TABLE.arn({ partition: partitionOf(region), account, region, id });
}
