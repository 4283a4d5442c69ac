/** The ledger's table in DynamoDB. */
import {
  BatchGetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { RetryableError } from "../../../controls/lib/errors";
import { counterBody, type Item, type Store } from "./store";

type Attributes = Record<string, AttributeValue>;

/** DynamoDB may leave keys out of an answer when it is busy. */
const MOST_READS = 4;

/** An item as its attributes. */
export function attributesOf({ version, expires, ...texts }: Item): Attributes {
  const attributes: Attributes = { version: { N: String(version) }, expires: { N: String(expires) } };
  for (const [name, value] of Object.entries(texts) as [string, string | undefined][])
    if (value !== undefined) attributes[name] = { S: value };
  return attributes;
}

/** The item of these attributes. */
export function itemOf(attributes: Attributes): Item {
  const text = (name: string) => attributes[name]?.S;
  const optional = Object.fromEntries(
    ["list", "at", "account", "outcome"].flatMap((name) => {
      const value = text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    id: text("id") ?? "",
    version: Number(attributes["version"]?.N ?? 0),
    expires: Number(attributes["expires"]?.N ?? 0),
    body: text("body") ?? counterBody(Number(attributes["count"]?.N ?? 0)),
    ...optional,
  };
}

/** A store in the table of this name. Calls throw what the SDK throws. */
export function dynamoDbStore(client: DynamoDBClient, table: string): Store {
  const put = (item: Item) => ({
    TableName: table,
    Item: attributesOf(item),
    ...(item.version === 1
      ? { ConditionExpression: "attribute_not_exists(id)" }
      : {
          ConditionExpression: "version = :read",
          ExpressionAttributeValues: { ":read": { N: String(item.version - 1) } },
        }),
  });
  return {
    async read(ids) {
      const found = new Map<string, Item>();
      let keys: Attributes[] = ids.map((id) => ({ id: { S: id } }));
      for (let attempt = 1; keys.length > 0; attempt++) {
        if (attempt > MOST_READS) throw new RetryableError("The ledger is too busy to be read.");
        const request = { RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } };
        const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(request));
        for (const attributes of Responses?.[table] ?? []) {
          const item = itemOf(attributes);
          found.set(item.id, item);
        }
        keys = UnprocessedKeys?.[table]?.Keys ?? [];
      }
      return found;
    },
    async write(items) {
      const [first, ...others] = items;
      if (first === undefined) return true;
      try {
        if (others.length === 0) await client.send(new PutItemCommand(put(first)));
        else {
          const TransactItems = items.map((item) => ({ Put: put(item) }));
          await client.send(new TransactWriteItemsCommand({ TransactItems }));
        }
        return true;
      } catch (error) {
        if (isConflict(error)) return false;
        throw error;
      }
    },
    async add(id, amount, expires) {
      const { Attributes: now } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { id: { S: id } },
          UpdateExpression: "ADD #count :amount SET expires = :expires",
          ExpressionAttributeNames: { "#count": "count" },
          ExpressionAttributeValues: { ":amount": { N: String(amount) }, ":expires": { N: String(expires) } },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return Number(now?.["count"]?.N ?? 0);
    },
  };
}

/** Another writer came first. Any other reason why a transaction was cancelled is a fault. */
function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ConditionalCheckFailedException" || error.name === "TransactionConflictException")
    return true;
  if (error.name !== "TransactionCanceledException") return false;
  const { CancellationReasons: reasons } = error as { CancellationReasons?: { Code?: string }[] };
  const codes = (reasons ?? []).map(({ Code }) => Code ?? "None").filter((code) => code !== "None");
  return (
    codes.length > 0 &&
    codes.every((code) => code === "ConditionalCheckFailed" || code === "TransactionConflict")
  );
}
