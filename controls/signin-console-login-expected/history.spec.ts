import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { mockClient } from "aws-sdk-client-mock";
import type { Context, SQSEvent } from "aws-lambda";
import assert from "node:assert/strict";
import { setSettings, unsetSettings } from "../../contract/testing";
import { createHandler } from "../../functions/control/handler";
import { memoryStore } from "../../functions/control/ledger/memory";
import type { Outcome } from "../lib/outcome";
import { eventsOf } from "../lib/testing";
import { control } from "./control";

describe("the function of signin-console-login-expected", () => {
  const bus = mockClient(EventBridgeClient);
  beforeEach(() => bus.reset());
  after(() => {
    bus.restore();
    unsetSettings();
  });

  it("reports the third failed sign-in, and enters the first two as compliant", async () => {
    setSettings();
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
    const handler = createHandler(control, undefined, {
      eventBridge: new EventBridgeClient({ region: "eu-central-1" }),
      store: memoryStore(),
      clock: () => Date.parse("2026-03-17T08:00:00Z"),
      logger: { info: () => undefined, error: () => undefined },
      metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined } as never,
    });
    const failure = eventsOf(control.id).get("matching-wrong-password")!;
    const Records = ["one", "two", "three", "three"].map((eventID, index) => ({
      messageId: `${index}`,
      body: JSON.stringify({ ...failure, detail: { ...failure.detail, eventID } }),
      attributes: { ApproximateReceiveCount: "1" },
      eventSource: "aws:sqs",
    }));

    const answer = await handler(
      { Records } as unknown as SQSEvent,
      {
        getRemainingTimeInMillis: () => 120_000,
      } as Context,
    );

    assert.deepEqual(answer, { batchItemFailures: [] });
    const outcomes = bus
      .commandCalls(PutEventsCommand)
      .map(({ args }) => JSON.parse(args[0].input.Entries?.[0]?.Detail ?? "") as Outcome);
    assert.deepEqual(
      outcomes.map(({ outcome, findings, facts, why }) => ({ outcome, findings, facts, why })),
      [
        ...Array.from({ length: 2 }, () => ({
          outcome: "compliant",
          findings: [],
          facts: undefined,
          why: "A sign-in of user pilot failed: Failed authentication. Failures are reported only if there are 3 within 10 minutes.",
        })),
        {
          outcome: "notified",
          findings: ["A sign-in of user pilot failed: Failed authentication."],
          facts: {
            User: "user pilot",
            MFA: "not used",
            Result: "failed",
            "Sign-in region": "eu-west-1",
            Failures: "3 within 10 minutes",
          },
          why: undefined,
        },
      ],
    );
  });
});
