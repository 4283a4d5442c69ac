/** The calls that make a DynamoDB table, and what they say of it. */
import {
  isJsonObject,
  type EventBridgeEvent,
  type Json,
  type JsonObject,
} from "@bailiwick/aws-events/record";
import { detailValue } from "./event-fields";
import { resourceFrom, TABLE, type ResourceReference } from "./resources";

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html */
export const TABLE_CREATIONS = [
  "CreateTable",
  "ImportTable",
  "RestoreTableFromBackup",
  "RestoreTableToPointInTime",
];

/** The new table; a call may give its name or its ARN. */
export const newTableOf = (event: EventBridgeEvent): ResourceReference | undefined =>
  resourceFrom(
    event,
    TABLE,
    detailValue(event, "requestParameters", "targetTableName") ??
      detailValue(event, "requestParameters", "tableCreationParameters", "tableName") ??
      detailValue(event, "requestParameters", "tableName"),
  );

/**
 * The definition of the new table in the words of CreateTable: of the request, or what the answer says, as a restored table has the
 * definition of its backup where the request doesn't override it.
 */
export function newTableDefinition(event: EventBridgeEvent): JsonObject {
  const object = (value: Json | undefined) => (isJsonObject(value) ? value : {});
  const answered = object(detailValue(event, "responseElements", "tableDescription"));
  const request = object(detailValue(event, "requestParameters"));
  const given = isJsonObject(request["tableCreationParameters"])
    ? request["tableCreationParameters"]
    : request;
  const definition = {
    billingMode:
      given["billingMode"] ??
      given["billingModeOverride"] ??
      object(answered["billingModeSummary"])["billingMode"],
    provisionedThroughput:
      given["provisionedThroughput"] ??
      given["provisionedThroughputOverride"] ??
      answered["provisionedThroughput"],
    globalSecondaryIndexes:
      given["globalSecondaryIndexes"] ??
      given["globalSecondaryIndexOverride"] ??
      answered["globalSecondaryIndexes"],
    tableClass: given["tableClass"] ?? object(answered["tableClassSummary"])["tableClass"],
  };
  return Object.fromEntries(
    Object.entries(definition).filter(([, value]) => value !== undefined),
  ) as JsonObject;
}
