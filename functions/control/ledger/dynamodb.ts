/** The ledger's table in DynamoDB. */
import {
  BatchGetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  EXPIRY_ATTRIBUTE,
  KEY_ATTRIBUTE,
  LIST_ATTRIBUTE,
  TIME_ATTRIBUTE,
  type LedgerItem,
} from "../../../contract/ledger-records";
import { RetryableError } from "../../../controls/lib/errors";
import { counterBody, type Store } from "./store";

type Attributes = Record<string, AttributeValue>;

/** When DynamoDB is busy, it may leave keys unread. */
const MOST_READS = 4;

/**
 * Longer bodies are compressed: a security group with a thousand described rules would exceed DynamoDB's 400 KB for an item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-use-s3-too.html
 */
const LONGEST_PLAIN_BODY = 64_000;

/** An item as its attributes. */
export function attributesOf({ version, expires, body, ...texts }: LedgerItem): Attributes {
  const attributes: Attributes = {
    version: { N: String(version) },
    expires: { N: String(expires) },
    body: body.length <= LONGEST_PLAIN_BODY ? { S: body } : { B: gzipSync(body) },
  };
  for (const [name, value] of Object.entries(texts) as [string, string | undefined][])
    if (value !== undefined) attributes[name] = { S: value };
  return attributes;
}

/** The item of these attributes. */
export function itemOf(attributes: Attributes): LedgerItem {
  const text = (name: string) => attributes[name]?.S;
  const optional = Object.fromEntries(
    [LIST_ATTRIBUTE, TIME_ATTRIBUTE, "account", "outcome"].flatMap((name) => {
      const value = text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return {
    id: text(KEY_ATTRIBUTE) ?? "",
    version: Number(attributes["version"]?.N ?? 0),
    expires: Number(attributes[EXPIRY_ATTRIBUTE]?.N ?? 0),
    body: bodyIn(attributes) ?? counterBody(Number(attributes["count"]?.N ?? 0)),
    ...optional,
  };
}

function bodyIn({ body }: Attributes): string | undefined {
  return body?.B ? gunzipSync(body.B).toString("utf8") : body?.S;
}

/** A store in the table with this name. Calls throw what the SDK throws. */
export function dynamoDbStore(client: DynamoDBClient, table: string): Store {
  const put = (item: LedgerItem) => ({
    TableName: table,
    Item: attributesOf(item),
    ...(item.version === 1
      ? { ConditionExpression: `attribute_not_exists(${KEY_ATTRIBUTE})` }
      : {
          ConditionExpression: "version = :read",
          ExpressionAttributeValues: { ":read": { N: String(item.version - 1) } },
        }),
  });
  return {
    async read(ids) {
      const found = new Map<string, LedgerItem>();
      let keys: Attributes[] = ids.map((id) => ({ [KEY_ATTRIBUTE]: { S: id } }));
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
          Key: { [KEY_ATTRIBUTE]: { S: id } },
          UpdateExpression: `ADD #count :amount SET ${EXPIRY_ATTRIBUTE} = :expires`,
          ExpressionAttributeNames: { "#count": "count" },
          ExpressionAttributeValues: { ":amount": { N: String(amount) }, ":expires": { N: String(expires) } },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      return Number(now?.["count"]?.N ?? 0);
    },
  };
}

/** Another writer was faster. Any other reason for cancelling a transaction is a fault. */
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
