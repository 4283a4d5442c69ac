import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { putEvent } from "./put-event";

describe("an event put on the hub bus", () => {
  const bus = mockClient(EventBridgeClient);
  beforeEach(() => bus.reset());
  after(() => bus.restore());

  const put = () =>
    putEvent(
      new EventBridgeClient({ region: "eu-central-1" }),
      "bailiwick",
      {
        source: "bailiwick",
        detailType: "Control Outcome",
        resources: ["arn:lamp"],
        detail: { control: "c" },
      },
      "an outcome",
    );

  it("has source, detail type, resources and its detail as JSON", async () => {
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });

    await put();

    assert.deepEqual(bus.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries, [
      {
        EventBusName: "bailiwick",
        Source: "bailiwick",
        DetailType: "Control Outcome",
        Resources: ["arn:lamp"],
        Detail: '{"control":"c"}',
      },
    ]);
  });

  it("can be retried when the bus did not take it, although the call succeeded", async () => {
    bus
      .on(PutEventsCommand)
      .resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: "InternalFailure", ErrorMessage: "later" }] });

    await assert.rejects(put(), {
      name: "RetryableError",
      message: "bailiwick did not take an outcome: InternalFailure later",
    });
  });

  it("fails for good when the call is denied", async () => {
    bus.on(PutEventsCommand).rejects(Object.assign(new Error("no"), { name: "AccessDeniedException" }));

    await assert.rejects(put(), {
      name: "PermanentError",
      message: /^Access denied while putting an outcome on bailiwick\. .*\(AccessDeniedException: no\)$/,
    });
  });
});
