import type * as aws from "@pulumi/aws";
import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

const OFF =
  "The mapping would be disabled: its function receives nothing, without any error, until what waits in the source has expired. Leave " +
  "`enabled` out or set it to true; take a mapping that nobody needs out of the program.";

const mapping = (args: Partial<aws.lambda.EventSourceMappingArgs>) =>
  reports(prevention, "aws:lambda/eventSourceMapping:EventSourceMapping", {
    functionName: "invoices",
    eventSourceArn: "arn:aws:sqs:eu-west-1:210987654321:invoices",
    ...args,
  });

describe("lambda-event-source-enabled: prevention", () => {
  it("lets a mapping pass that is enabled, or says nothing of it", () => {
    assert.deepEqual(mapping({}), []);
    assert.deepEqual(mapping({ enabled: true }), []);
    // The provider takes text for it too.
    assert.deepEqual(mapping({ enabled: "true" as unknown as boolean }), []);
  });

  it("points out one that is switched off, or whose switch can't be read", () => {
    for (const enabled of [false, "false", "yes", 0])
      assert.deepEqual(mapping({ enabled: enabled as boolean }), [OFF], String(enabled));
  });

  it("tells the SDK that it can't judge a switch unknown in a preview", () => {
    assert.deepEqual(mapping({ enabled: UNKNOWN as unknown as boolean }), [
      "thrown: string value at .enabled can't be known during preview",
    ]);
  });

  it("needs no source that a preview doesn't know", () => {
    assert.deepEqual(mapping({ eventSourceArn: UNKNOWN, enabled: false }), [OFF]);
  });

  it("has nothing to say of other resources", () => {
    assert.deepEqual(reports(prevention, "aws:cloudwatch/eventRule:EventRule", { enabled: false }), []);
  });

  it("advises, as its severity is medium", () => assert.equal(prevention.enforcementLevel, "advisory"));
});
