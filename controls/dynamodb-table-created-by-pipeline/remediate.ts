/** Deletes a new, empty table that none of the named principals created. */
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { textIn } from "../lib/event-fields";
import type { Evaluation, Remediation, RemediationContext } from "../lib/remediation";
import { isNamed, PermanentError, RetryableError } from "../lib/errors";
import { principalAmong } from "../lib/principals";
import type { Pipelines } from "./control";

/** For the report: a deleted table can't be restored, and whoever created it has its definition. */
export interface TableBefore {
  createdAt: string;
  createdBy: string;
}

const BETWEEN = ["CREATING", "UPDATING", "ARCHIVING"];

export const remediation: Remediation<Pipelines, TableBefore> = {
  async evaluate({
    resource,
    event,
    parameters,
    aws,
  }: RemediationContext<Pipelines>): Promise<Evaluation<TableBefore>> {
    const { principals, deletableMinutes } = parameters;
    if (principals.length === 0)
      return { state: "compliant", why: "The stack names no principals, so everyone may create tables." };
    const principal = event && textIn(event, "userIdentity", "arn");
    if (event === undefined || principal === undefined)
      return { state: "compliant", why: "It is not known who created the table." };
    if (principalAmong(event, principals) !== undefined)
      return { state: "compliant", why: `${principal} may create tables.` };
    const client = new DynamoDBClient(aws);
    const table = await describe(client, resource.id);
    if (table === undefined || table.TableStatus === "DELETING") return { state: "absent" };
    // Another table may have this name by now.
    const createdAt = table.CreationDateTime ?? new Date(0);
    const eventTime = Date.parse(textIn(event, "eventTime") ?? event.time);
    if (Math.abs(createdAt.getTime() - eventTime) > 60_000)
      return {
        state: "compliant",
        why: "The table that the event created has been replaced by another one.",
      };
    // An import or a restore takes hours, and only then it is known whether the table is empty. DynamoDB deletes active tables only.
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
    if (BETWEEN.includes(table.TableStatus ?? ""))
      return { state: "changing", what: `The table ${resource.id} is ${table.TableStatus?.toLowerCase()}.` };
    const reasonToKeep = await reasonToKeepOf(client, table, createdAt, deletableMinutes);
    return {
      state: "violation",
      findings: [
        `The table ${resource.id} was created by ${principal}, which is not one of the principals that may create tables.`,
        ...(reasonToKeep === undefined ? [] : [`It is not deleted, because ${reasonToKeep}.`]),
      ],
      before: { createdAt: createdAt.toISOString(), createdBy: principal },
      remedies: reasonToKeep === undefined ? [`Delete the empty table ${resource.id}.`] : [],
    };
  },

  async fix({ resource, aws }: RemediationContext<Pipelines>): Promise<void> {
    const client = new DynamoDBClient(aws);
    // The last check before a step that can't be undone.
    if (!(await isEmpty(client, resource.id)))
      throw new PermanentError(
        `The table ${resource.id} has received items in the meantime and was not deleted. Decide what to do with it.`,
      );
    try {
      await client.send(new DeleteTableCommand({ TableName: resource.id }));
    } catch (error) {
      if (isNamed(error, "ResourceInUseException"))
        throw new RetryableError(
          `The table ${resource.id} is still being created; deleting it will be retried.`,
          { cause: error },
        );
      throw error;
    }
  },
};

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

async function reasonToKeepOf(
  client: DynamoDBClient,
  table: TableDescription,
  createdAt: Date,
  deletableMinutes: number,
): Promise<string | undefined> {
  if (table.DeletionProtectionEnabled) return "it is protected from deletion";
  if (Date.now() - createdAt.getTime() > deletableMinutes * 60_000)
    return `it is older than ${deletableMinutes} minutes`;
  return (await isEmpty(client, table.TableName ?? "")) ? undefined : "it holds items";
}

/** The count of DescribeTable may be hours old. */
async function isEmpty(client: DynamoDBClient, name: string): Promise<boolean> {
  const scan = new ScanCommand({ TableName: name, Limit: 1, ConsistentRead: true, Select: "COUNT" });
  try {
    return ((await client.send(scan)).Count ?? 0) === 0;
  } catch (error) {
    // Being created.
    if (isNamed(error, "ResourceNotFoundException")) return true;
    throw error;
  }
}
