import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { dataResource } from "./categories";
import { recordsOf } from "./record";

const FUNCTION = "arn:aws:lambda:eu-west-1:333333333333:function:job";
const model = tinyModel(
  "lambda",
  "rest-json",
  { Invoke: { input: "In", output: "Out" } },
  {
    In: structure({ FunctionName: "Text", Qualifier: "Text" }),
    Out: structure({ StatusCode: "Number", ExecutedVersion: "Text" }),
  },
);
const invoke = (FunctionName: string, more: Parameters<typeof tinyCall>[0] = {}) =>
  tinyCall({ model: model.operations["Invoke"], parameters: { FunctionName }, ...more });

describe("PutEvents", () => {
  const put = (entry: JsonObject) =>
    recordsOf(
      tinyCall({
        service: "events",
        operation: "PutEvents",
        model: undefined,
        parameters: { Entries: [entry] },
      }),
    );
  const bus = (name: string) => `arn:aws:events:eu-west-1:333333333333:event-bus/${name}`;

  it("is a data event on the bus, whose account is not recorded", () => {
    const [theDefault] = put({ Source: "s" });
    const [named] = put({ Source: "s", EventBusName: "orders" });
    const [byArn] = put({ Source: "s", EventBusName: bus("orders") });

    const type = "AWS::Events::EventBus";
    assert.deepEqual(theDefault?.record.resources, [{ type, ARN: bus("default") }]);
    for (const recorded of [named, byArn])
      assert.deepEqual(recorded?.record.resources, [{ type, ARN: bus("orders") }]);
    assert.equal(named?.record.eventCategory, "Data");
  });
});

describe("CloudWatch Logs", () => {
  it("records reads as management events and writes as data events", () => {
    const of = (operation: string) => dataResource(tinyCall({ service: "logs", operation }), "eu-west-1");

    for (const operation of ["GetLogEvents", "FilterLogEvents", "GetLogRecord", "StartLiveTail"])
      assert.equal(of(operation), undefined, operation);
    assert.equal(of("PutLogEvents")?.type, "AWS::Logs::LogGroup");
  });
});

describe("An invocation's function", () => {
  const names = ["job", "job:PROD", "333333333333:function:job", "333333333333:function:job:7"];
  for (const name of [...names, FUNCTION, `${FUNCTION}:7`, `${FUNCTION}:$LATEST`, "function:job"])
    it(`is found by ${name}`, () => {
      assert.deepEqual(dataResource(invoke(name), "eu-west-1"), {
        type: "AWS::Lambda::Function",
        arn: FUNCTION,
      });
    });

  it("can be in another account and another region", () => {
    const arn = "arn:aws:lambda:us-east-1:444444444444:function:theirs";

    assert.equal(dataResource(invoke(`${arn}:PROD`), "eu-west-1")?.arn, arn);
    assert.equal(
      dataResource(invoke("444444444444:function:theirs"), "eu-west-1")?.arn,
      "arn:aws:lambda:eu-west-1:444444444444:function:theirs",
    );
  });

  it("is recorded without the alias, and the version that ran beside the answer", () => {
    const output = { StatusCode: 200, ExecutedVersion: "7" };

    const [recorded] = recordsOf(invoke("job:PROD", { output }));

    assert.deepEqual(recorded?.record.requestParameters, { functionName: "job:PROD" });
    assert.equal(recorded?.record.responseElements, null);
    assert.deepEqual(recorded?.record.additionalEventData, { functionVersion: `${FUNCTION}:7` });
    assert.deepEqual(recorded?.record.resources, [
      { accountId: "333333333333", type: "AWS::Lambda::Function", ARN: FUNCTION },
    ]);
  });

  it("has no version if the call failed", () => {
    const [recorded] = recordsOf(
      invoke("job", { output: undefined, errorCode: "ResourceNotFoundException", status: 404 }),
    );

    assert.equal(recorded?.record.additionalEventData, undefined);
  });
});
