import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import * as v from "valibot";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { CREDENTIALS, eventsOf, reference, sdkError } from "../lib/testing";
import { control, parameters } from "./control";
import { remediation } from "./remediate";

const MARIA = "arn:aws:sts::210987654321:assumed-role/Developer/maria.lindqvist";
const named = { principals: ["arn:aws:iam::210987654321:role/table-pipeline"], deletableMinutes: 60 };
const now = () => new Date(Math.floor(Date.now() / 1000) * 1000);

/** The event as of now: tables are deleted only while they are new. */
const fresh = (name: string): EventBridgeEvent => {
  const event = structuredClone(eventsOf(control.id).get(name)!);
  event.detail["eventTime"] = now().toISOString();
  return event;
};
const context = (event: EventBridgeEvent, given = named) => ({
  resource: reference(control.resourceType, "berths", "arn:aws:dynamodb:eu-west-1:210987654321:table/berths"),
  parameters: given,
  aws: CREDENTIALS,
  event,
});

describe("dynamodb-table-created-by-pipeline", () => {
  const dynamo = mockClient(DynamoDBClient);
  const table = (change: Partial<TableDescription> = {}, items = 0) => {
    const Table = { TableName: "berths", TableStatus: "ACTIVE" as const, CreationDateTime: now(), ...change };
    dynamo.on(DescribeTableCommand).resolves({ Table });
    dynamo.on(ScanCommand).resolves({ Count: items });
  };
  beforeEach(() => {
    dynamo.reset();
    table();
  });
  after(() => dynamo.restore());

  const finding = `The table berths was created by ${MARIA}, which is not one of the principals that may create tables.`;
  const evaluate = (given = named) => remediation.evaluate(context(fresh("matching-by-hand"), given));

  it("deletes a new, empty table that was made by hand", async () => {
    const found = await evaluate();
    assert(found.state === "violation");
    assert.deepEqual(found.findings, [finding]);
    assert.deepEqual(found.remedies, ["Delete the empty table berths."]);
    assert.equal((found.before as { createdBy: string }).createdBy, MARIA);

    await remediation.fix(context(fresh("matching-by-hand")), found);

    assert.deepEqual(dynamo.commandCalls(DeleteTableCommand)[0]?.args[0].input, { TableName: "berths" });
    assert.equal(dynamo.commandCalls(ScanCommand)[0]?.args[0].input.ConsistentRead, true);
  });

  const kept: [string, () => void, string][] = [
    ["holds items", () => table({}, 1), "it holds items"],
    ["is protected", () => table({ DeletionProtectionEnabled: true }), "it is protected from deletion"],
  ];
  for (const [what, prepare, why] of kept)
    it(`only reports a table that ${what}`, async () => {
      prepare();
      const found = await evaluate();
      assert(found.state === "violation");
      assert.deepEqual(found.findings, [finding, `It is not deleted, because ${why}.`]);
      assert.deepEqual(found.remedies, []);
    });

  it("only reports a table that is no longer new", async () => {
    const event = structuredClone(eventsOf(control.id).get("matching-by-hand")!);
    table({ CreationDateTime: new Date("2026-03-17T08:41:27Z") });
    const found = await remediation.evaluate(context(event));
    assert(found.state === "violation");
    assert.deepEqual(found.findings[1], "It is not deleted, because it is older than 60 minutes.");
  });

  it("keeps a table that received items between evaluation and deletion", async () => {
    const found = await evaluate();
    assert(found.state === "violation");
    table({}, 1);
    await assert.rejects(remediation.fix(context(fresh("matching-by-hand")), found), {
      name: "PermanentError",
    });
    assert.equal(dynamo.commandCalls(DeleteTableCommand).length, 0);
  });

  it("retries while a table is still being created", async () => {
    dynamo.on(DeleteTableCommand).rejects(sdkError("ResourceInUseException"));
    const found = await evaluate();
    assert(found.state === "violation");
    await assert.rejects(remediation.fix(context(fresh("matching-by-hand")), found), {
      name: "RetryableError",
    });
  });

  for (const TableStatus of ["CREATING", "UPDATING"] as const)
    it(`is not done with a table that is ${TableStatus}`, async () => {
      table({ TableStatus });
      assert.deepEqual(await evaluate(), {
        state: "changing",
        what: `The table berths is ${TableStatus.toLowerCase()}.`,
      });
    });

  it("lets the named principals create tables: a session by its role, whatever the session is called", async () => {
    const byPipeline = await remediation.evaluate(context(fresh("matching-by-pipeline")));
    assert.equal(
      byPipeline.state === "compliant" && byPipeline.why,
      "arn:aws:sts::210987654321:assumed-role/table-pipeline/release-481 may create tables.",
    );
    const role = "arn:aws:iam::210987654321:role/Developer";
    assert.equal((await evaluate({ ...named, principals: [role] })).state, "compliant");
    // The session's own ARN ends in a name that its holder chose.
    assert.equal((await evaluate({ ...named, principals: [MARIA] })).state, "violation");
    assert.equal((await evaluate({ ...named, principals: [`${role}x`] })).state, "violation");
  });

  it("judges nothing if no principals are named, the creator is unknown, or another table has the name by now", async () => {
    assert.equal((await evaluate({ ...named, principals: [] })).state, "compliant");
    const nobody = fresh("matching-by-hand");
    nobody.detail["userIdentity"] = { type: "AWSService" };
    assert.equal((await remediation.evaluate(context(nobody))).state, "compliant");
    table({ CreationDateTime: new Date(Date.now() - 3_600_000) });
    assert.equal((await evaluate()).state, "compliant");
  });

  it("finds a deleted table absent", async () => {
    dynamo.on(DescribeTableCommand).rejects(sdkError("ResourceNotFoundException"));
    assert.deepEqual(await evaluate(), { state: "absent" });
    table({ TableStatus: "DELETING" });
    assert.deepEqual(await evaluate(), { state: "absent" });
  });

  it("accepts only ARNs of roles and users as principals", () => {
    for (const principal of [
      "arn:aws:iam::210987654321:role/pipeline",
      "arn:aws:iam::210987654321:user/ci/pipeline",
    ])
      assert(v.safeParse(parameters, { principals: [principal] }).success, principal);
    for (const principal of ["*", "pipeline", "arn:aws:s3:::bucket", "arn:aws:iam::*:role/*-pipeline"])
      assert(!v.safeParse(parameters, { principals: [principal] }).success, principal);
  });
});
