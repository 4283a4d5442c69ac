import {
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, eventsOf, oddEvents, reference, sdkError } from "../lib/testing";
import { control } from "./control";
import { remediation } from "./remediate";

const ID = "0c6f2c5e-7a41-4a9d-9f6e-3b1d8c2a7e55";
const SOURCE = "arn:aws:sqs:eu-west-1:210987654321:harbour-orders";
const facts = { Function: "book-order", Source: SOURCE };
const context = (event?: string) => ({
  resource: reference(
    control.resourceType,
    ID,
    `arn:aws:lambda:eu-west-1:210987654321:event-source-mapping:${ID}`,
  ),
  parameters: {},
  aws: CREDENTIALS,
  ...(event === undefined ? {} : { event: eventsOf(control.id).get(event)! }),
});

describe("lambda-event-source-enabled", () => {
  const lambda = mockClient(LambdaClient);
  beforeEach(() => lambda.reset());
  after(() => lambda.restore());

  const evaluate = (State: string, event?: string) => {
    const FunctionArn = "arn:aws:lambda:eu-west-1:210987654321:function:book-order";
    lambda
      .on(GetEventSourceMappingCommand, { UUID: ID })
      .resolves({ UUID: ID, State, FunctionArn, EventSourceArn: SOURCE });
    return remediation.evaluate(context(event));
  };

  it("finds a mapping that is disabled", async () => {
    assert.deepEqual(await evaluate("Disabled"), {
      state: "violation",
      findings: [`The mapping is disabled: book-order receives nothing from ${SOURCE}.`],
      before: { enabled: false },
      remedies: ["Enable the mapping."],
      facts,
    });
  });

  it("accepts a mapping that is enabled", async () => {
    assert.deepEqual(await evaluate("Enabled"), {
      state: "compliant",
      why: "The mapping's state is Enabled.",
      after: { enabled: true },
    });
  });

  for (const state of ["Creating", "Enabling", "Disabling", "Updating"])
    it(`is not done with a mapping that is ${state}`, async () => {
      assert.deepEqual(await evaluate(state), {
        state: "changing",
        what: `The mapping ${ID} is ${state.toLowerCase()}.`,
      });
    });

  it("leaves the removal of a mapping to its own event, whoever changed the mapping before", async () => {
    assert.deepEqual(await evaluate("Deleting", "matching-disable"), {
      state: "changing",
      what: `The mapping ${ID} is deleting.`,
    });
    lambda.on(GetEventSourceMappingCommand).rejects(sdkError("ResourceNotFoundException"));
    assert.deepEqual(await remediation.evaluate(context("matching-disable")), { state: "absent" });
  });

  const removed = {
    state: "violation",
    findings: [`The mapping was removed: book-order no longer receives from ${SOURCE}.`],
    before: { enabled: false },
    remedies: [],
    facts,
  };

  it("reports a removed mapping, from the mapping or, once it no longer exists, from the call", async () => {
    assert.deepEqual(await evaluate("Deleting"), removed);
    lambda.on(GetEventSourceMappingCommand).rejects(sdkError("ResourceNotFoundException"));
    assert.deepEqual(await remediation.evaluate(context("matching-delete")), removed);
  });

  it("finds a missing mapping absent if no event led there", async () => {
    lambda.on(GetEventSourceMappingCommand).rejects(sdkError("ResourceNotFoundException"));
    assert.deepEqual(await remediation.evaluate(context()), { state: "absent" });
  });

  it("enables the mapping, and an undo disables it again", async () => {
    const found = await evaluate("Disabled");
    assert(found.state === "violation");
    await remediation.fix(context(), found);
    await remediation.undo?.(context(), found.before);
    assert.deepEqual(
      lambda.commandCalls(UpdateEventSourceMappingCommand).map(({ args }) => args[0].input),
      [
        { UUID: ID, Enabled: true },
        { UUID: ID, Enabled: false },
      ],
    );
  });

  it("throws other errors, and accepts no invalid id", async () => {
    lambda.on(GetEventSourceMappingCommand).rejects(sdkError("TooManyRequestsException"));
    await assert.rejects(remediation.evaluate(context("matching-delete")), {
      name: "TooManyRequestsException",
    });
    for (const odd of oddEvents(eventsOf(control.id).get("matching-disable")!))
      assert.equal(control.resource(odd), undefined);
  });
});
