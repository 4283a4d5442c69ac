import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { tinyCall } from "../gateway/testing/tiny-models";
import { KeySchemas } from "./key-schemas";
import { recordsOf } from "./record";
import { dataResource } from "./categories";

const KEYS = new Map([
  ["Music", ["Artist", "SongTitle"]],
  ["Orders", ["id"]],
]);
const key = { Artist: { S: "No One" }, SongTitle: { S: "Call Me" } };
const plainKey = { Artist: "No One", SongTitle: "Call Me" };
const secret = { S: "topsecret" };

const call = (operation: string, parameters: JsonObject, more: Parameters<typeof tinyCall>[0] = {}) =>
  tinyCall({ service: "dynamodb", operation, parameters, ...more });

function recordOf(operation: string, parameters: JsonObject, keys: typeof KEYS | undefined = KEYS) {
  const output = { Attributes: { AlbumTitle: secret }, Items: [{ AlbumTitle: secret }] };
  const [recorded] = recordsOf(call(operation, parameters, { output }), undefined, keys);
  assert.ok(recorded);
  assert.doesNotMatch(JSON.stringify(recorded), /topsecret/);
  return recorded.record;
}
const requestOf = (...given: Parameters<typeof recordOf>) => recordOf(...given).requestParameters;

describe("DynamoDB's data events", () => {
  it("show a put item's key with its values, and the names of its attributes", () => {
    const record = recordOf("PutItem", {
      TableName: "Music",
      Item: { ...key, AlbumTitle: secret },
      Expected: { AlbumTitle: { Value: secret } },
      ReturnConsumedCapacity: "TOTAL",
    });

    assert.deepEqual(record.requestParameters, {
      tableName: "Music",
      key: plainKey,
      item: ["Artist", "SongTitle", "AlbumTitle"],
      returnConsumedCapacity: "TOTAL",
    });
    assert.deepEqual([record.responseElements, record.apiVersion], [null, "2012-08-10"]);
  });

  it("leave out the key of a put item if the table's key is unknown", () => {
    const request = requestOf("PutItem", { TableName: "New", Item: { a: secret } });

    assert.deepEqual(request, { tableName: "New", item: ["a"] });
  });

  it("show expressions and their names, but no values", () => {
    assert.deepEqual(
      requestOf("UpdateItem", {
        TableName: "Music",
        Key: key,
        UpdateExpression: "SET #Y = :y",
        ExpressionAttributeNames: { "#Y": "Year" },
        ExpressionAttributeValues: { ":y": secret },
        ConditionExpression: "attribute_not_exists(#Y)",
        AttributeUpdates: { Year: { Value: secret } },
      }),
      {
        tableName: "Music",
        key: plainKey,
        updateExpression: "SET #Y = :y",
        expressionAttributeNames: { "#Y": "Year" },
        conditionExpression: "attribute_not_exists(#Y)",
      },
    );
    assert.deepEqual(
      requestOf("Scan", {
        TableName: "Music",
        Limit: 5,
        ScanFilter: { a: { AttributeValueList: [secret] } },
        QueryFilter: { a: { AttributeValueList: [secret] } },
        KeyConditions: { a: { AttributeValueList: [secret] } },
        ExclusiveStartKey: { ...key, AlbumTitle: secret },
      }),
      { tableName: "Music", limit: 5, exclusiveStartKey: plainKey },
    );
  });

  it("show numbers and bytes of keys plainly, and only key attributes", () => {
    assert.deepEqual(requestOf("GetItem", { TableName: "Orders", Key: { id: { N: "7" }, name: secret } }), {
      tableName: "Orders",
      key: { id: "7" },
    });
    assert.deepEqual(requestOf("GetItem", { TableName: "Unknown", Key: { id: { B: "AQI=" } } }), {
      tableName: "Unknown",
      key: { id: "AQI=" },
    });
  });

  it("list the items of a transaction and all its tables", () => {
    const record = recordOf("TransactWriteItems", {
      TransactItems: [
        {
          Put: {
            TableName: "Music",
            Item: { ...key, AlbumTitle: secret },
            ConditionExpression: "#AT = :A",
            ExpressionAttributeValues: { ":A": secret },
          },
        },
        { Update: { TableName: "Music", Key: key, UpdateExpression: "SET #AT = :n" } },
        { Delete: { TableName: "Orders", Key: { id: { S: "1" } } } },
        { ConditionCheck: { TableName: "Orders", Key: { id: { S: "2" } }, ConditionExpression: "#P > :p" } },
      ],
      ReturnConsumedCapacity: "TOTAL",
    });

    assert.deepEqual(record.requestParameters, {
      requestItems: [
        {
          operation: "Put",
          tableName: "Music",
          key: plainKey,
          items: ["Artist", "SongTitle", "AlbumTitle"],
          conditionExpression: "#AT = :A",
        },
        { operation: "Update", tableName: "Music", key: plainKey, updateExpression: "SET #AT = :n" },
        { operation: "Delete", tableName: "Orders", key: { id: "1" } },
        {
          operation: "ConditionCheck",
          tableName: "Orders",
          key: { id: "2" },
          conditionExpression: "#P > :p",
        },
      ],
      returnConsumedCapacity: "TOTAL",
    });
    assert.deepEqual(
      record.resources,
      ["Music", "Orders"].map((name) => ({
        accountId: "333333333333",
        type: "AWS::DynamoDB::Table",
        ARN: `arn:aws:dynamodb:eu-west-1:333333333333:table/${name}`,
      })),
    );
  });

  it("list the items that a transaction or a batch reads and writes", () => {
    const order = { operation: "Get", tableName: "Orders", key: { id: "1" } };

    assert.deepEqual(
      requestOf("TransactGetItems", {
        TransactItems: [{ Get: { TableName: "Orders", Key: { id: { S: "1" } } } }],
      }),
      { requestItems: [order] },
    );
    assert.deepEqual(
      requestOf("BatchGetItem", {
        RequestItems: { Orders: { Keys: [{ id: { S: "1" } }], ProjectionExpression: "id" } },
      }),
      { requestItems: [{ ...order, projectionExpression: "id" }] },
    );
    assert.deepEqual(
      requestOf("BatchWriteItem", {
        RequestItems: {
          Orders: [
            { PutRequest: { Item: { id: { S: "1" }, card: secret } } },
            { DeleteRequest: { Key: { id: { S: "2" } } } },
          ],
        },
      }),
      {
        requestItems: [
          { operation: "Put", tableName: "Orders", key: { id: "1" }, items: ["id", "card"] },
          { operation: "Delete", tableName: "Orders", key: { id: "2" } },
        ],
      },
    );
  });

  it("show PartiQL without its values, and its table", () => {
    const record = recordOf("ExecuteStatement", {
      Statement: "SELECT * FROM Music WHERE Artist = 'No One' AND nonKeyAttr = 'topsecret'",
      Parameters: [secret],
    });

    assert.deepEqual(record.requestParameters, {
      statement: "SELECT * FROM Music WHERE Artist = 'No One' AND nonKeyAttr = ***(Redacted)",
    });
    assert.equal(record.resources?.[0]?.ARN, "arn:aws:dynamodb:eu-west-1:333333333333:table/Music");
    for (const [operation, member] of [
      ["BatchExecuteStatement", "Statements"],
      ["ExecuteTransaction", "TransactStatements"],
    ] as const)
      assert.deepEqual(
        requestOf(operation, {
          [member]: [{ Statement: `INSERT INTO "Orders" VALUE {'id': 'topsecret'}`, Parameters: [secret] }],
        }),
        { requestItems: [{ statement: `INSERT INTO "Orders" VALUE {'id': ***(Redacted)}` }] },
        operation,
      );
  });

  it("quote no value in the message of an error", () => {
    const item = { TableName: "Orders", Item: { id: { S: "k-1" }, card: secret } };
    const failed = (operation: string, parameters: JsonObject, errorMessage: string) =>
      recordsOf(
        call(operation, parameters, { errorCode: "ValidationException", errorMessage, status: 400 }),
        undefined,
        KEYS,
      )[0]?.record.errorMessage;

    assert.equal(
      failed("PutItem", item, "The key k-1 in table Orders: topsecret is no number"),
      "The key k-1 in table Orders: ***(Redacted) is no number",
    );
    assert.equal(
      failed(
        "PutItem",
        item,
        `1 validation error detected: Value '{"card":"top\\u0073ecret"}' at 'item' failed`,
      ),
      "1 validation error detected: Value '***(Redacted)' at 'item' failed",
    );
    const short = { TableName: "Orders", Item: { id: { S: "k-1" }, card: { S: "er" } } };
    assert.equal(failed("PutItem", short, "An error: er"), "An error: ***(Redacted)");
    const Statement = "SELECT * FROM Orders WHERE id = 'k-1' AND card = 'topsecret";
    assert.equal(
      failed("ExecuteStatement", { Statement }, "No end of 'topsecret after k-1"),
      "No end of '***(Redacted) after k-1",
    );
  });

  it("leave management events as they are", () => {
    assert.equal(dataResource(call("CreateTable", { TableName: "Music" }), "eu-west-1"), undefined);
  });
});

describe("The keys of tables", () => {
  const KeySchema = [{ AttributeName: "id" }];
  const seen: string[] = [];
  const finding = (found: string[] | undefined) =>
    new KeySchemas((table) => {
      seen.push(`${table.account}/${table.region}/${table.name}`);
      return Promise.resolve(found);
    });
  const put = (TableName: string) => call("PutItem", { TableName, Item: {} });

  beforeEach(() => void (seen.length = 0));

  it("are observed in DynamoDB's answers, and dropped with the table", async () => {
    const schemas = finding(undefined);
    const TableDescription = { TableName: "t", KeySchema };

    schemas.observe(call("CreateTable", {}, { output: { TableDescription } }));
    assert.deepEqual([...(await schemas.of(put("t")))], [["t", ["id"]]]);
    schemas.observe(call("DeleteTable", {}, { output: { TableDescription } }));
    assert.deepEqual([...(await schemas.of(put("t")))], []);
    schemas.observe(call("DescribeTable", {}, { output: { Table: { TableName: "t", KeySchema } } }));
    assert.deepEqual([...(await schemas.of(put("t")))], [["t", ["id"]]]);
    assert.deepEqual(seen, ["333333333333/eu-west-1/t"]);
  });

  it("are looked up once, in the table's account and region, and for data events only", async () => {
    const schemas = finding(["id"]);
    const arn = "arn:aws:dynamodb:us-east-1:444444444444:table/t";

    for (let time = 0; time < 2; time += 1)
      assert.deepEqual([...(await schemas.of(put(arn)))], [[arn, ["id"]]]);
    assert.equal((await schemas.of(call("UpdateTable", { TableName: "u" }))).size, 0);

    assert.deepEqual(seen, ["444444444444/us-east-1/t"]);
  });
});
