/** The ledger for commands: lists by time, single items, and changes of items that people may change. */
import {
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  GetItemCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { attributesOf, itemOf } from "../../functions/control/ledger/dynamodb";
import {
  KEY_ATTRIBUTE,
  LIST_ATTRIBUTE,
  LIST_INDEX,
  TIME_ATTRIBUTE,
  type Entry,
  type LedgerItem,
} from "../../contract/ledger-records";

interface LedgerFilter {
  /** Ids of the controls whose lists are read. */
  controls: readonly string[];
  account?: string;
  outcome?: string;
  /** Part of the resource's ARN. */
  resource?: string;
  principal?: string;
  /** ISO 8601, from and to. */
  since?: string;
  until?: string;
  limit: number;
}

/** An entry with its id. */
export interface LedgerLine extends Entry {
  id: string;
}

/** The items of a list, latest first. */
export async function* listItems(
  client: DynamoDBClient,
  table: string,
  list: string,
  { since = "0", until = "9" }: Pick<LedgerFilter, "since" | "until"> = {},
): AsyncGenerator<LedgerItem> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      IndexName: LIST_INDEX,
      KeyConditionExpression: "#list = :list AND #at BETWEEN :since AND :until",
      ExpressionAttributeNames: { "#list": LIST_ATTRIBUTE, "#at": TIME_ATTRIBUTE },
      ExpressionAttributeValues: { ":list": { S: list }, ":since": { S: since }, ":until": { S: until } },
      ScanIndexForward: false,
    },
  );
  for await (const page of pages) for (const attributes of page.Items ?? []) yield itemOf(attributes);
}

/** The latest matching entries, latest first. */
export async function listEntries(
  client: DynamoDBClient,
  table: string,
  filter: LedgerFilter,
): Promise<LedgerLine[]> {
  const lists = await Promise.all(
    filter.controls.map(async (control) => {
      const found: LedgerLine[] = [];
      for await (const item of listItems(client, table, control, filter)) {
        const line = { id: item.id, ...(JSON.parse(item.body) as Entry) };
        if (matches(line, filter)) found.push(line);
        if (found.length === filter.limit) break;
      }
      return found;
    }),
  );
  return lists
    .flat()
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
    .slice(0, filter.limit);
}

function matches({ outcome, status }: LedgerLine, filter: LedgerFilter): boolean {
  const { account, resource, principal } = filter;
  const is = status === "acting" ? "acting" : outcome.outcome;
  return (
    (filter.outcome === undefined || is === filter.outcome) &&
    (account === undefined || outcome.resource?.account === account) &&
    (resource === undefined || (outcome.resource?.arn.includes(resource) ?? false)) &&
    (principal === undefined || (outcome.principal?.includes(principal) ?? false))
  );
}

/** The item of this id. */
export async function readItem(
  client: DynamoDBClient,
  table: string,
  id: string,
): Promise<LedgerItem | undefined> {
  const request = { TableName: table, Key: { [KEY_ATTRIBUTE]: { S: id } }, ConsistentRead: true };
  const { Item: found } = await client.send(new GetItemCommand(request));
  return found && itemOf(found);
}

/** Replaces the item that was read. @returns false when another writer has changed it meanwhile. */
export async function replaceItem(
  client: DynamoDBClient,
  table: string,
  changed: LedgerItem,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: attributesOf({ ...changed, version: changed.version + 1 }),
        ConditionExpression: "version = :read",
        ExpressionAttributeValues: { ":read": { N: String(changed.version) } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
    throw error;
  }
}

export async function deleteItem(client: DynamoDBClient, table: string, id: string): Promise<void> {
  await client.send(new DeleteItemCommand({ TableName: table, Key: { [KEY_ATTRIBUTE]: { S: id } } }));
}
