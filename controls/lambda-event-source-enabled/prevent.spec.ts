import type * as aws from "@pulumi/aws";
import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

const OFF =
  "The mapping would be disabled: its function would receive nothing, without any error, and what waits in the source would expire. Omit " +
  "`enabled` or set it to true; remove a mapping that nobody needs from the program.";

const mapping = (args: Partial<aws.lambda.EventSourceMappingArgs>) =>
  reports(prevention, "aws:lambda/eventSourceMapping:EventSourceMapping", {
    functionName: "invoices",
    eventSourceArn: "arn:aws:sqs:eu-west-1:210987654321:invoices",
    ...args,
  });

describe("lambda-event-source-enabled: prevention", () => {
  it("accepts a mapping that is enabled, explicitly or by default", () => {
    assert.deepEqual(mapping({}), []);
    assert.deepEqual(mapping({ enabled: true }), []);
    // The provider accepts text too.
    assert.deepEqual(mapping({ enabled: "true" as unknown as boolean }), []);
  });

  it("advises against one that is disabled, or whose setting can't be read", () => {
    for (const enabled of [false, "false", "yes", 0])
      assert.deepEqual(mapping({ enabled: enabled as boolean }), [OFF], String(enabled));
  });

  it("leaves a setting that a preview doesn't know to the SDK", () => {
    assert.deepEqual(mapping({ enabled: UNKNOWN as unknown as boolean }), [
      "thrown: string value at .enabled can't be known during preview",
    ]);
  });

  it("needs no source that a preview doesn't know", () => {
    assert.deepEqual(mapping({ eventSourceArn: UNKNOWN, enabled: false }), [OFF]);
  });

  it("reports nothing about other resources", () => {
    assert.deepEqual(reports(prevention, "aws:cloudwatch/eventRule:EventRule", { enabled: false }), []);
  });

  it("advises, as its severity is medium", () => assert.equal(prevention.enforcementLevel, "advisory"));
});
