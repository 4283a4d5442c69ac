/** Each kind of target in the emulator. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import * as eb from "@aws-sdk/client-eventbridge";
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { listenOnLoopback } from "../../loopback";
import {
  allowEvents,
  attributesOf,
  DEAD_LETTERS,
  eventIn,
  HOME,
  HUB,
  policyDocument,
  QUEUE,
  ruleArn,
  startEmulatedFabric,
  type EmulatedFabric,
} from "../emulated-fabric";

describe("a target in the emulator", () => {
  let emulated: EmulatedFabric;
  before(async function () {
    this.timeout(120_000);
    emulated = await startEmulatedFabric();
  });
  after(() => emulated?.stop());

  it("that is a FIFO queue receives the message group", async () => {
    const arn = `${QUEUE}.fifo`;
    await emulated.putQueue(arn, ruleArn("fifo"), { FifoQueue: "true" });
    await emulated.putRule("fifo", { Id: "q", Arn: arn, SqsParameters: { MessageGroupId: "g" } });

    const id = await emulated.putEventOnHub("fifo");

    assert.deepEqual(
      (await emulated.take(arn)).map((message) => eventIn(message).id),
      [id],
    );
  });

  it("that is a topic needs a policy that allows the rule", async () => {
    const sns = new SNSClient(emulated.config());
    const arn = `arn:aws:sns:${HOME}:${HUB}:notices`;
    await sns.send(new CreateTopicCommand({ Name: "notices" }));
    const inbox = `${QUEUE}-inbox`;
    await emulated.putQueue(inbox, "*");
    const open = policyDocument({
      Effect: "Allow",
      Principal: "*",
      Action: "sqs:SendMessage",
      Resource: inbox,
    });
    await emulated
      .sqs()
      .send(new SetQueueAttributesCommand({ QueueUrl: emulated.urlOf(inbox), Attributes: { Policy: open } }));
    await sns.send(
      new SubscribeCommand({
        TopicArn: arn,
        Protocol: "sqs",
        Endpoint: inbox,
        Attributes: { RawMessageDelivery: "true" },
      }),
    );
    await emulated.putRule("topic", { Id: "t", Arn: arn });
    const denied = await emulated.putEventOnHub("topic");
    const Policy = policyDocument(allowEvents("sns:Publish", arn, ruleArn("topic")));
    await sns.send(
      new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: "Policy", AttributeValue: Policy }),
    );
    emulated.fabric.invalidateAll();

    const id = await emulated.putEventOnHub("topic");

    assert.match(emulated.trace.explain(denied)?.stopped ?? "", /does not allow sns:Publish/);
    const messages = await emulated.takeSome(inbox);
    assert.deepEqual(
      messages.map((message) => eventIn(message).id),
      [id],
    );
  });

  it("that is a log group needs a resource policy", async () => {
    const logs = new CloudWatchLogsClient(emulated.config());
    const name = "/aws/events/all";
    const arn = `arn:aws:logs:${HOME}:${HUB}:log-group:${name}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
    await emulated.putRule("logs", { Id: "l", Arn: arn });
    const denied = await emulated.putEventOnHub("logs");
    const document = policyDocument(
      allowEvents(["logs:CreateLogStream", "logs:PutLogEvents"], `${arn}:*`, ruleArn("logs")),
    );
    await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument: document }));
    emulated.fabric.invalidateAll();

    const id = await emulated.putEventOnHub("logs");

    assert.match(emulated.trace.explain(denied)?.stopped ?? "", /does not allow logs:CreateLogStream/);
    const { events: lines = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: name }));
    assert.deepEqual(
      lines.map(({ message }) => (JSON.parse(message ?? "{}") as { id: string }).id),
      [id],
    );
  });

  it("that is a state machine is started with a role that may", async () => {
    const states = new SFNClient(emulated.config());
    const RoleArn = `arn:aws:iam::${HUB}:role/start`;
    const definition = JSON.stringify({ StartAt: "End", States: { End: { Type: "Succeed" } } });
    await emulated.putRole(
      HUB,
      "start",
      ruleArn("states"),
      "states:StartExecution",
      `arn:aws:states:${HOME}:${HUB}:stateMachine:s`,
    );
    const made = await states.send(
      new CreateStateMachineCommand({ name: "s", definition, roleArn: RoleArn }),
    );
    const arn = made.stateMachineArn ?? "";
    await emulated.putRule("states", { Id: "s", Arn: arn, RoleArn });

    await emulated.putEventOnHub("states");

    const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn: arn }));
    assert.equal(executions.length, 1);
  });

  it("that is an API destination is called with its key, and has five seconds", async () => {
    const requests: { key: unknown; body: string }[] = [];
    const silent = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        requests.push({ key: request.headers["x-key"], body });
        if (requests.length === 1) response.end();
      });
    });
    const port = await listenOnLoopback(silent);
    try {
      const ApiKeyAuthParameters = { ApiKeyName: "x-key", ApiKeyValue: "v" };
      const connection = await emulated.events().send(
        new eb.CreateConnectionCommand({
          Name: "c",
          AuthorizationType: "API_KEY",
          AuthParameters: { ApiKeyAuthParameters },
        }),
      );
      const { ApiDestinationArn } = await emulated.events().send(
        new eb.CreateApiDestinationCommand({
          Name: "hook",
          ConnectionArn: connection.ConnectionArn,
          InvocationEndpoint: `http://127.0.0.1:${port}/`,
          HttpMethod: "POST",
        }),
      );
      const arn = ApiDestinationArn ?? "";
      await emulated.putRole(HUB, "call", ruleArn("hook"), "events:InvokeApiDestination", `${arn}*`);
      await emulated.putRule("hook", {
        Id: "h",
        Arn: arn,
        RoleArn: `arn:aws:iam::${HUB}:role/call`,
        InputTransformer: { InputPathsMap: { d: "$.detail" }, InputTemplate: '{"got": <d>}' },
        RetryPolicy: { MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: DEAD_LETTERS },
      });
      await emulated.putEventOnHub("hook");
      assert.deepEqual(requests, [{ key: "v", body: '{"got": {"a":1}}' }]);

      const began = performance.now();
      await emulated.putEventOnHub("hook");
      const seconds = (performance.now() - began) / 1000;

      assert.ok(seconds > 4.9 && seconds < 8, `${seconds} s`);
      assert.equal(attributesOf((await emulated.take(DEAD_LETTERS))[0])["ERROR_CODE"], "TIMEOUT");
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
