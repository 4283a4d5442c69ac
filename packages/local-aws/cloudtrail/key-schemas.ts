/** The key attributes of DynamoDB's tables: records show the values of these and of no others. */
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { dataResource } from "./categories";
import { tablesOf, type KeyNames } from "./dynamodb";
import { awsRegionOf } from "./names";
import { ROOT_SECRET } from "./trails";

interface Table {
  account: string;
  region: string;
  name: string;
}

/** Undefined if there is no such table. */
type FindKeyNames = (table: Table) => Promise<string[] | undefined>;

/** Asks the emulator directly and as root, so that nothing is recorded. */
export function emulatorKeyNames(url: string): FindKeyNames {
  return async ({ account, region, name }) => {
    const credentials = { accessKeyId: account, secretAccessKey: ROOT_SECRET };
    const client = new DynamoDBClient({ endpoint: url, region, credentials, maxAttempts: 1 });
    try {
      const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
      return table?.KeySchema?.flatMap(({ AttributeName }) => AttributeName ?? []);
    } catch {
      return undefined;
    } finally {
      client.destroy();
    }
  };
}

export class KeySchemas {
  /** A table's key never changes while it exists. */
  private readonly known = new Map<string, string[]>();

  constructor(private readonly find: FindKeyNames) {}

  /** Follows the calls that create and delete tables. */
  observe(call: ApiCall): void {
    if (call.service !== "dynamodb" || call.errorCode !== undefined) return;
    const described = call.output?.["TableDescription"] ?? call.output?.["Table"];
    if (!isJsonObject(described)) return;
    const { TableName: name, KeySchema: schema } = described;
    if (typeof name !== "string") return;
    const table = idOf(tableNamed(name, call));
    if (call.operation === "DeleteTable") this.known.delete(table);
    else if (Array.isArray(schema)) this.known.set(table, schema.flatMap(attributeName));
  }

  /** The keys of the tables in a data event. No others are looked up. */
  async of(call: ApiCall): Promise<KeyNames> {
    const names = new Map<string, readonly string[]>();
    if (call.service !== "dynamodb" || dataResource(call, awsRegionOf(call)) === undefined) return names;
    for (const name of tablesOf(call)) {
      const keys = await this.ofTable(tableNamed(name, call));
      if (keys) names.set(name, keys);
    }
    return names;
  }

  private async ofTable(table: Table): Promise<string[] | undefined> {
    const id = idOf(table);
    const known = this.known.get(id);
    if (known) return known;
    const found = await this.find(table);
    if (found) this.known.set(id, found);
    return found;
  }
}

const idOf = ({ account, region, name }: Table): string => `${account}/${region}/${name}`;

/** Calls name a table by its name or by its ARN, which may be in another account. */
function tableNamed(name: string, call: ApiCall): Table {
  const [, , , region = call.region, account = call.account, resource] = name.startsWith("arn:")
    ? name.split(":")
    : [];
  return { account, region, name: resource?.split("/")[1] ?? name };
}

const attributeName = (element: Json): string[] =>
  isJsonObject(element) && typeof element["AttributeName"] === "string" ? [element["AttributeName"]] : [];
