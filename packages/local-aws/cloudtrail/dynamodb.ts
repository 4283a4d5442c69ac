/**
 * DynamoDB's data events: keys with their values, items with the names of their attributes only, PartiQL without literals
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html).
 * Only the listed parameters are written, so that no future member of the API puts the value of an item into a record.
 */
import { isJsonObject, type Json, type JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { lowerFirst, nullIfEmpty } from "./format";
import { literalsOf, REDACTED, redactLiterals, tableOfStatement } from "./partiql";

/** The names of tables' key attributes, by the table's name or ARN as in the call. */
export type KeyNames = ReadonlyMap<string, readonly string[]>;

const SHOWN = new Set([
  "TableName",
  "IndexName",
  "Select",
  "Limit",
  "ConsistentRead",
  "ScanIndexForward",
  "Segment",
  "TotalSegments",
  "AttributesToGet",
  "ProjectionExpression",
  "KeyConditionExpression",
  "FilterExpression",
  "ConditionExpression",
  "UpdateExpression",
  "ExpressionAttributeNames",
  "ConditionalOperator",
  "ReturnConsumedCapacity",
  "ReturnItemCollectionMetrics",
  "ReturnValues",
  "ReturnValuesOnConditionCheckFailure",
  "ClientRequestToken",
]);

export function dynamoDbRequest(call: ApiCall, keyNames: KeyNames): JsonObject | null {
  const { parameters } = call;
  if (parameters === undefined) return null;
  const items = requestItems(parameters, keyNames);
  const rest = shown(parameters, keyNames, "item");
  return nullIfEmpty(items === undefined ? rest : { requestItems: items, ...rest });
}

/**
 * The message of a data event that failed, without the values that the record hides too: messages quote the wrong parameter.
 */
export function withoutValues(message: string, call: ApiCall, request: JsonObject | null): string {
  const shownText = JSON.stringify(request);
  const hidden = [...new Set(textsOf(call.parameters ?? {}))]
    .filter((text) => text !== "" && !hasWord(shownText, JSON.stringify(text).slice(1, -1)))
    .sort((a, b) => b.length - a.length);
  // For a parameter that is quoted whole, whose values may be escaped.
  const whole = message.replace(/Value '[[{][^]*' at '/, `Value '${REDACTED}' at '`);
  return hidden.reduce(withoutWord, whole);
}

/** @returns where the word stands next; −1 if nowhere. Not inside another word, as a value can be short; a value can be long, too. */
function nextWord(text: string, word: string, from: number): number {
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    const around = text.charAt(at - 1) + text.charAt(at + word.length);
    if (!/[A-Za-z0-9]/.test(around)) return at;
  }
  return -1;
}

const hasWord = (text: string, word: string): boolean => nextWord(text, word, 0) >= 0;

function withoutWord(text: string, word: string): string {
  let left = "";
  let from = 0;
  for (let at = nextWord(text, word, 0); at >= 0; at = nextWord(text, word, from)) {
    left += text.slice(from, at) + REDACTED;
    from = at + word.length;
  }
  return left + text.slice(from);
}

/** All texts in parameters, and the values in statements. */
function textsOf(value: Json): string[] {
  if (typeof value === "string") return [value, ...literalsOf(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

/** The tables of a data event, without duplicates, as the call names them. */
export function tablesOf(call: ApiCall): string[] {
  const { parameters = {} } = call;
  const single = [parameters["TableName"], tableOfStatement(parameters["Statement"])];
  const listed = lists(parameters).flatMap(({ tableName, statement }) => [
    tableName,
    tableOfStatement(statement),
  ]);
  const named = [...single, ...listed].filter((name): name is string => typeof name === "string");
  return [...new Set(named)];
}

interface Listed {
  operation?: string;
  tableName?: Json;
  statement?: Json;
  parameters: JsonObject;
}

/** The parts of calls on several items. */
function lists(parameters: JsonObject): Listed[] {
  const { TransactItems, RequestItems, Statements, TransactStatements } = parameters;
  return [
    ...objects(TransactItems).flatMap((entry) =>
      Object.entries(entry).flatMap(([operation, what]): Listed[] =>
        isJsonObject(what) ? [{ operation, tableName: what["TableName"], parameters: what }] : [],
      ),
    ),
    ...(isJsonObject(RequestItems) ? Object.entries(RequestItems).flatMap(batchOf) : []),
    ...[...objects(Statements), ...objects(TransactStatements)].map((entry): Listed => ({
      statement: entry["Statement"],
      parameters: entry,
    })),
  ];
}

function batchOf([tableName, wanted]: [string, Json]): Listed[] {
  if (Array.isArray(wanted))
    return objects(wanted).flatMap((request) =>
      Object.entries(request).flatMap(([kind, what]): Listed[] =>
        isJsonObject(what)
          ? [
              {
                operation: kind.replace(/Request$/, ""),
                tableName,
                parameters: { TableName: tableName, ...what },
              },
            ]
          : [],
      ),
    );
  if (!isJsonObject(wanted)) return [];
  const { Keys, ...how } = wanted;
  return objects(Keys).map((Key): Listed => ({
    operation: "Get",
    tableName,
    parameters: { TableName: tableName, Key, ...how },
  }));
}

function requestItems(parameters: JsonObject, keyNames: KeyNames): JsonObject[] | undefined {
  const listed = lists(parameters);
  if (listed.length === 0) return undefined;
  return listed.map(({ operation, parameters: own }) => ({
    ...(operation === undefined ? {} : { operation }),
    ...shown(own, keyNames, "items"),
  }));
}

/** @param itemName the member for the names of an item's attributes: AWS writes `item` for one and `items` for several. */
function shown(parameters: JsonObject, keyNames: KeyNames, itemName: "item" | "items"): JsonObject {
  const names =
    typeof parameters["TableName"] === "string" ? keyNames.get(parameters["TableName"]) : undefined;
  const formatted: JsonObject = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (name === "Key" && isJsonObject(value)) formatted["key"] = keyOf(value, names ?? Object.keys(value));
    else if (name === "Item" && isJsonObject(value)) {
      if (names) formatted["key"] = keyOf(value, names);
      formatted[itemName] = Object.keys(value);
    } else if (name === "ExclusiveStartKey" && isJsonObject(value)) {
      // The start key of an index has attributes that aren't in the table's key.
      if (names) formatted["exclusiveStartKey"] = keyOf(value, names);
    } else if (name === "Statement" && typeof value === "string")
      formatted["statement"] = redactLiterals(value, keyNames.get(tableOfStatement(value) ?? "") ?? []);
    else if (SHOWN.has(name)) formatted[lowerFirst(name)] = value;
  }
  return formatted;
}

/** Key attributes are texts, numbers or bytes, written without DynamoDB's type. */
function keyOf(attributes: JsonObject, names: readonly string[]): JsonObject {
  const key: JsonObject = {};
  for (const name of names) {
    const value = attributes[name];
    if (!isJsonObject(value)) continue;
    const plain = value["S"] ?? value["N"] ?? value["B"];
    if (plain !== undefined) key[name] = plain;
  }
  return key;
}

const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
