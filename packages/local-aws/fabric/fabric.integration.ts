import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import * as eb from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateStateMachineCommand, ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import {
  CreateTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  type Message,
} from "@aws-sdk/client-sqs";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { startEmulator, type Emulator } from "../emulator/emulator";
import { installEmulator } from "../emulator/install";
import { createTrace, type Trace } from "../trace";
import { startFabric, type Fabric } from "./fabric";

const MANAGEMENT = "111111111111";
const HUB = "222222222222";
const MEMBER = "333333333333";
const STRANGER = "999999999999";
const HOME = "eu-central-1";
const REGION = "eu-west-1";
const ORGANIZATION = "o-fabrictest";
const HUB_BUS = `arn:aws:events:${HOME}:${HUB}:event-bus/hub`;
const QUEUE = `arn:aws:sqs:${HOME}:${HUB}:control`;
const DEAD = `arn:aws:sqs:${HOME}:${HUB}:dead`;
const ROLE = `arn:aws:iam::${MEMBER}:role/forward`;

const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allowEvents = (Action: string | string[], Resource: string, sourceArn: string) => ({
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action,
  Resource,
  Condition: { ArnLike: { "aws:SourceArn": sourceArn } },
});
const ruleArn = (name: string) => `arn:aws:events:${HOME}:${HUB}:rule/hub/${name}`;

describe("the fabric over the emulator", function () {
  let emulator: Emulator;
  let fabric: Fabric;
  let trace: Trace;
  let folder: string;

  const config = (account: string, region: string) => ({
    endpoint: emulator.url,
    region,
    credentials: { accessKeyId: account, secretAccessKey: "test" },
    maxAttempts: 1,
  });
  const events = (account = HUB, region = HOME) => new eb.EventBridgeClient(config(account, region));
  const sqs = () => new SQSClient({ ...config(HUB, HOME), useQueueUrlAsEndpoint: false });
  const urlOf = (arn: string) => `${emulator.url}/${HUB}/${arn.split(":").pop()}`;

  before(async function () {
    this.timeout(120_000);
    const installed = await installEmulator();
    folder = await mkdtemp(path.join(tmpdir(), "local-aws-fabric-"));
    let up: (emulator: Emulator) => void = () => undefined;
    trace = createTrace();
    fabric = await startFabric({ emulator: new Promise((resolve) => (up = resolve)), trace });
    const port = await freePort();
    const account = (id: string, name: string) => ({ id, name, email: `${name}@example.com` });
    emulator = await startEmulator({
      installed,
      port,
      endpointUrl: `http://127.0.0.1:${port}`,
      eventsUrl: fabric.eventsUrl,
      folder,
      organization: {
        id: ORGANIZATION,
        rootId: "r-test",
        managementAccountId: MANAGEMENT,
        accounts: [account(MANAGEMENT, "management"), account(HUB, "hub"), account(MEMBER, "member")],
      },
    });
    up(emulator);
    await wire();
  });
  after(async () => {
    await fabric?.close();
    await emulator?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What the program deploys, in short: forwarding rule and role in the member, bus, rule and queues in the hub. */
  async function wire(): Promise<void> {
    await events().send(new eb.CreateEventBusCommand({ Name: "hub" }));
    await openHub();
    await queue(QUEUE, "*");
    await queue(DEAD, "*");
    await rule("control", { Id: "queue", Arn: QUEUE });
    await role(MEMBER, "forward", `arn:aws:events:*:${MEMBER}:rule/*`, "events:PutEvents", HUB_BUS);
    const member = events(MEMBER, REGION);
    await member.send(new eb.PutRuleCommand({ Name: "forward", EventPattern: '{"source":["test"]}' }));
    const target = { Id: "hub", Arn: HUB_BUS, RoleArn: ROLE };
    await member.send(new eb.PutTargetsCommand({ Rule: "forward", Targets: [target] }));
    fabric.invalidateAll();
  }
  async function openHub(organization = ORGANIZATION): Promise<void> {
    const Policy = document({
      Effect: "Allow",
      Principal: "*",
      Action: "events:PutEvents",
      Resource: HUB_BUS,
      Condition: { StringEquals: { "aws:PrincipalOrgID": organization } },
    });
    await events().send(new eb.PutPermissionCommand({ EventBusName: "hub", Policy }));
    fabric.invalidateAll();
  }
  async function queue(
    arn: string,
    sourceArn: string,
    attributes: Record<string, string> = {},
  ): Promise<void> {
    const QueueName = arn.split(":").pop();
    await sqs().send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
    const Policy = document(allowEvents("sqs:SendMessage", arn, sourceArn));
    await sqs().send(new SetQueueAttributesCommand({ QueueUrl: urlOf(arn), Attributes: { Policy } }));
    fabric.invalidateAll();
  }
  async function rule(name: string, target: eb.Target, source = name): Promise<void> {
    const pattern = JSON.stringify({ source: source === "control" ? ["test"] : [source] });
    await events().send(new eb.PutRuleCommand({ Name: name, EventBusName: "hub", EventPattern: pattern }));
    await events().send(new eb.PutTargetsCommand({ Rule: name, EventBusName: "hub", Targets: [target] }));
    fabric.invalidateAll();
  }
  async function role(account: string, name: string, sourceArn: string, action: string, resource: string) {
    const iam = new IAMClient(config(account, "us-east-1"));
    const trust = {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": sourceArn } },
    };
    const AssumeRolePolicyDocument = document(trust);
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
    const PolicyDocument = document({ Effect: "Allow", Action: action, Resource: resource });
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument }));
    fabric.invalidateAll();
  }
  /** @returns the event's id, when the fabric has done with it. */
  async function put(
    source = "test",
    account = MEMBER,
    region = REGION,
    EventBusName?: string,
  ): Promise<string> {
    const entry = { Source: source, DetailType: "Test", Detail: '{"a":1}', EventBusName };
    const { Entries } = await events(account, region).send(new eb.PutEventsCommand({ Entries: [entry] }));
    const id = Entries?.[0]?.EventId ?? assert.fail(JSON.stringify(Entries));
    await until(() => trace.explain(id));
    await fabric.idle();
    return id;
  }
  const putOnHub = (source: string) => put(source, HUB, HOME, "hub");
  async function take(arn: string): Promise<Message[]> {
    const taken: Message[] = [];
    for (;;) {
      const { Messages = [] } = await sqs().send(
        new ReceiveMessageCommand({
          QueueUrl: urlOf(arn),
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
        }),
      );
      if (Messages.length === 0) return taken;
      taken.push(...Messages);
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs().send(new DeleteMessageBatchCommand({ QueueUrl: urlOf(arn), Entries }));
    }
  }
  const eventIn = (message: Message | undefined) => JSON.parse(message?.Body ?? "{}") as EventBridgeEvent;
  const attributesOf = (message: Message | undefined) =>
    Object.fromEntries(
      Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
    );

  it("carries a member's event to the hub's queue, with its id, account, region and time", async () => {
    const id = await put();

    const [message, ...more] = await take(QUEUE);

    assert.equal(more.length, 0);
    const event = eventIn(message);
    assert.deepEqual([event.id, event.account, event.region], [id, MEMBER, REGION]);
    assert.deepEqual(event.detail, { a: 1 });
  });

  it("needs the organization in the bus's policy, and sees it come and go", async () => {
    await openHub("o-somebodyelse");
    const stopped = await put();
    await openHub();
    const passed = await put();

    assert.match(
      trace.explain(stopped)?.stopped ?? "",
      /policy of .*event-bus\/hub does not allow events:PutEvents/,
    );
    assert.deepEqual(
      (await take(QUEUE)).map((message) => eventIn(message).id),
      [passed],
    );
  });

  it("lets no account from outside the organization in", async () => {
    await role(STRANGER, "forward", `arn:aws:events:*:${STRANGER}:rule/*`, "events:PutEvents", HUB_BUS);
    const theirs = events(STRANGER, REGION);
    await theirs.send(new eb.PutRuleCommand({ Name: "forward", EventPattern: '{"source":["test"]}' }));
    const target = { Id: "hub", Arn: HUB_BUS, RoleArn: `arn:aws:iam::${STRANGER}:role/forward` };

    const putting = theirs.send(new eb.PutTargetsCommand({ Rule: "forward", Targets: [target] }));

    await assert.rejects(putting, { name: "AccessDeniedException" });
  });

  it("puts what a queue does not take into the dead-letter queue, with what happened", async () => {
    const arn = `${QUEUE}-closed`;
    await queue(arn, ruleArn("another"));
    await rule("closed", { Id: "q", Arn: arn, DeadLetterConfig: { Arn: DEAD } });

    const id = await putOnHub("closed");

    const [letter] = await take(DEAD);
    assert.equal(eventIn(letter).id, id);
    const { ERROR_MESSAGE, ...attributes } = attributesOf(letter);
    assert.deepEqual(attributes, {
      RULE_ARN: ruleArn("closed"),
      TARGET_ARN: arn,
      ERROR_CODE: "NO_PERMISSIONS",
    });
    assert.match(ERROR_MESSAGE ?? "", new RegExp(`aws:sourcearn=${ruleArn("closed")}`));
    assert.equal((await take(arn)).length, 0);
  });

  it("reaches a FIFO queue with its message group", async () => {
    const arn = `${QUEUE}.fifo`;
    await queue(arn, ruleArn("fifo"), { FifoQueue: "true" });
    await rule("fifo", { Id: "q", Arn: arn, SqsParameters: { MessageGroupId: "g" } });

    const id = await putOnHub("fifo");

    assert.deepEqual(
      (await take(arn)).map((message) => eventIn(message).id),
      [id],
    );
  });

  it("reaches a topic whose policy lets the rule in, and none else", async () => {
    const sns = new SNSClient(config(HUB, HOME));
    const arn = `arn:aws:sns:${HOME}:${HUB}:told`;
    await sns.send(new CreateTopicCommand({ Name: "told" }));
    const inbox = `${QUEUE}-inbox`;
    await queue(inbox, "*");
    const open = document({ Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: inbox });
    await sqs().send(new SetQueueAttributesCommand({ QueueUrl: urlOf(inbox), Attributes: { Policy: open } }));
    await sns.send(
      new SubscribeCommand({
        TopicArn: arn,
        Protocol: "sqs",
        Endpoint: inbox,
        Attributes: { RawMessageDelivery: "true" },
      }),
    );
    await rule("topic", { Id: "t", Arn: arn });
    const denied = await putOnHub("topic");
    const Policy = document(allowEvents("sns:Publish", arn, ruleArn("topic")));
    await sns.send(
      new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: "Policy", AttributeValue: Policy }),
    );
    fabric.invalidateAll();

    const id = await putOnHub("topic");

    assert.match(trace.explain(denied)?.stopped ?? "", /does not allow sns:Publish/);
    const messages = await until(async () => {
      const taken = await take(inbox);
      return taken.length > 0 ? taken : undefined;
    });
    assert.deepEqual(
      messages.map((message) => eventIn(message).id),
      [id],
    );
  });

  it("reaches a log group that a resource policy opens", async () => {
    const logs = new CloudWatchLogsClient(config(HUB, HOME));
    const name = "/aws/events/all";
    const arn = `arn:aws:logs:${HOME}:${HUB}:log-group:${name}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
    await rule("logs", { Id: "l", Arn: arn });
    const denied = await putOnHub("logs");
    const policyDocument = document(
      allowEvents(["logs:CreateLogStream", "logs:PutLogEvents"], `${arn}:*`, ruleArn("logs")),
    );
    await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument }));
    fabric.invalidateAll();

    const id = await putOnHub("logs");

    assert.match(trace.explain(denied)?.stopped ?? "", /does not allow logs:CreateLogStream/);
    const { events: lines = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: name }));
    assert.deepEqual(
      lines.map(({ message }) => (JSON.parse(message ?? "{}") as { id: string }).id),
      [id],
    );
  });

  it("starts a state machine with a role that may", async () => {
    const states = new SFNClient(config(HUB, HOME));
    const RoleArn = `arn:aws:iam::${HUB}:role/start`;
    const definition = JSON.stringify({ StartAt: "End", States: { End: { Type: "Succeed" } } });
    await role(
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
    await rule("states", { Id: "s", Arn: arn, RoleArn });

    await putOnHub("states");

    const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn: arn }));
    assert.equal(executions.length, 1);
  });

  it("calls an API destination with its key, and gives it five seconds", async () => {
    const asked: { key: unknown; body: string }[] = [];
    const silent = createHttpServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        asked.push({ key: request.headers["x-key"], body });
        if (asked.length === 1) response.end();
      });
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const ApiKeyAuthParameters = { ApiKeyName: "x-key", ApiKeyValue: "v" };
      const connection = await events().send(
        new eb.CreateConnectionCommand({
          Name: "c",
          AuthorizationType: "API_KEY",
          AuthParameters: { ApiKeyAuthParameters },
        }),
      );
      const { ApiDestinationArn } = await events().send(
        new eb.CreateApiDestinationCommand({
          Name: "hook",
          ConnectionArn: connection.ConnectionArn,
          InvocationEndpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
          HttpMethod: "POST",
        }),
      );
      const arn = ApiDestinationArn ?? "";
      await role(HUB, "call", ruleArn("hook"), "events:InvokeApiDestination", `${arn}*`);
      await rule("hook", {
        Id: "h",
        Arn: arn,
        RoleArn: `arn:aws:iam::${HUB}:role/call`,
        InputTransformer: { InputPathsMap: { d: "$.detail" }, InputTemplate: '{"got": <d>}' },
        RetryPolicy: { MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: DEAD },
      });
      await putOnHub("hook");
      assert.deepEqual(asked, [{ key: "v", body: '{"got": {"a":1}}' }]);

      const began = performance.now();
      await putOnHub("hook");
      const seconds = (performance.now() - began) / 1000;

      assert.ok(seconds > 4.9 && seconds < 8, `${seconds} s`);
      assert.equal(attributesOf((await take(DEAD))[0])["ERROR_CODE"], "TIMEOUT");
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it("archives what was forwarded to a bus, and replays it to the rule that is named", async () => {
    await events().send(
      new eb.CreateArchiveCommand({
        ArchiveName: "all",
        EventSourceArn: HUB_BUS,
        EventPattern: '{"source":["test"]}',
      }),
    );
    fabric.invalidateAll();
    const id = await put();
    await putOnHub("not-archived");
    await take(QUEUE);
    const { Archives = [] } = await events().send(new eb.ListArchivesCommand({}));
    assert.equal(Archives[0]?.EventCount, 1);

    await events().send(
      new eb.StartReplayCommand({
        ReplayName: "again",
        EventSourceArn: `arn:aws:events:${HOME}:${HUB}:archive/all`,
        EventStartTime: new Date(Date.now() - 60_000),
        EventEndTime: new Date(Date.now() + 60_000),
        Destination: { Arn: HUB_BUS, FilterArns: [ruleArn("control")] },
      }),
    );

    const messages = await until(async () => {
      const taken = await take(QUEUE);
      return taken.length > 0 ? taken : undefined;
    });
    const replayed = eventIn(messages[0]) as EventBridgeEvent & { "replay-name": string };
    assert.deepEqual([replayed.id, replayed.account, replayed["replay-name"]], [id, MEMBER, "again"]);
    await events().send(new eb.DeleteArchiveCommand({ ArchiveName: "all" }));
    fabric.invalidateAll();
  });

  it("takes what another account of the organization puts on the hub itself, and keeps whose it is", async () => {
    await take(QUEUE);
    const id = await put("test", MEMBER, HOME, HUB_BUS);
    const [message] = await until(async () => {
      const taken = await take(QUEUE);
      return taken.length > 0 ? taken : undefined;
    });
    const { id: delivered, account, region } = eventIn(message);
    assert.deepEqual([delivered, account, region], [id, MEMBER, HOME]);
  });

  describe("refuses, in AWS's words,", () => {
    it("events of a stranger on the hub, before any of them is taken", async () => {
      const entry = { Source: "test", DetailType: "Test", Detail: "{}" };
      const putting = events(STRANGER, HOME).send(
        new eb.PutEventsCommand({ Entries: [entry, { ...entry, EventBusName: HUB_BUS }] }),
      );
      await assert.rejects(putting, {
        name: "AccessDeniedException",
        message:
          `User: arn:aws:iam::${STRANGER}:root is not authorized to perform: events:PutEvents on resource: ${HUB_BUS} because no ` +
          "resource-based policy allows the events:PutEvents action",
      });
    });

    it("entries that are not whole, one by one", async () => {
      const entry = (more: eb.PutEventsRequestEntry) => ({
        Source: "s",
        DetailType: "d",
        Detail: "{}",
        ...more,
      });
      const { FailedEntryCount, Entries = [] } = await events().send(
        new eb.PutEventsCommand({
          Entries: [
            entry({}),
            entry({ Detail: "[]" }),
            entry({ Source: "aws.s3" }),
            entry({ DetailType: undefined }),
          ],
        }),
      );
      assert.equal(FailedEntryCount, 3);
      assert.deepEqual(
        Entries.map(({ ErrorCode }) => ErrorCode),
        [undefined, "MalformedDetail", "NotAuthorizedForSourceException", "InvalidArgument"],
      );
    });

    it("more than a mebibyte of events", async () => {
      const Entries = [
        { Source: "s", DetailType: "d", Detail: JSON.stringify({ x: "x".repeat(1024 * 1024) }) },
      ];
      await assert.rejects(events().send(new eb.PutEventsCommand({ Entries })), {
        name: "ValidationException",
        message: "Total size of the entries in the request is over the limit.",
      });
    });

    it("the sixth target, and the end of a rule that has some", async () => {
      const Targets = [1, 2, 3, 4, 5].map((id) => ({ Id: `more${id}`, Arn: QUEUE }));
      const putting = events().send(
        new eb.PutTargetsCommand({ Rule: "control", EventBusName: "hub", Targets }),
      );
      await assert.rejects(putting, { name: "LimitExceededException" });
      const deleting = events().send(new eb.DeleteRuleCommand({ Name: "control", EventBusName: "hub" }));
      await assert.rejects(deleting, { message: "Rule can't be deleted since it has targets." });
    });

    it("a pattern of more than 2,048 characters", async () => {
      const EventPattern = JSON.stringify({ source: ["x".repeat(2048)] });
      await assert.rejects(events().send(new eb.PutRuleCommand({ Name: "long", EventPattern })), {
        name: "LimitExceededException",
      });
    });

    it("the 301st rule of a bus", async () => {
      const client = events(HUB, "us-west-2");
      const make = (Name: string) =>
        client.send(new eb.PutRuleCommand({ Name, EventPattern: '{"source":["a"]}' }));
      for (let first = 0; first < 300; first += 20)
        await Promise.all(Array.from({ length: 20 }, (_, index) => make(`rule${first + index}`)));
      await assert.rejects(make("onemore"), { name: "LimitExceededException" });
      await make("rule7");
    }).timeout(60_000);

    it("what is too much of rules and targets that are made at once, and nothing of what is not", async () => {
      const client = events(HUB, "us-west-1");
      const bus = { EventBusName: "crowded" };
      await client.send(new eb.CreateEventBusCommand({ Name: bus.EventBusName }));
      const rule = (Name: string, more = bus) =>
        client.send(new eb.PutRuleCommand({ Name, EventPattern: '{"source":["a"]}', ...more }));
      for (let first = 0; first < 290; first += 29)
        await Promise.all(Array.from({ length: 29 }, (_, index) => rule(`rule${first + index}`)));
      const target = (Id: string) =>
        client.send(
          new eb.PutTargetsCommand({
            Rule: "rule0",
            ...bus,
            Targets: [{ Id, Arn: `arn:aws:sqs:us-west-1:${HUB}:q` }],
          }),
        );
      const many = Array.from({ length: 24 }, (_, index) => `many${index}`);

      const rules = await Promise.allSettled(many.map((name) => rule(name)));
      const targets = await Promise.allSettled(many.map(target));
      const elsewhere = await Promise.allSettled(many.map((name) => rule(name, { EventBusName: "default" })));

      const taken = (answers: PromiseSettledResult<unknown>[]) =>
        answers.filter(({ status }) => status === "fulfilled").length;
      const refused = [...rules, ...targets].flatMap((answer) =>
        answer.status === "rejected" ? [(answer.reason as Error).name] : [],
      );
      assert.deepEqual([taken(rules), taken(targets), taken(elsewhere)], [10, 5, 24]);
      assert.deepEqual(new Set(refused), new Set(["LimitExceededException"]));
      const { Targets = [] } = await client.send(new eb.ListTargetsByRuleCommand({ Rule: "rule0", ...bus }));
      assert.equal(Targets.length, 5);
    }).timeout(60_000);
  });

  it("brings 10,000 events of a burst on a member's bus to the hub's queue exactly once each", async () => {
    await take(QUEUE);
    const sent = new Set<string>();
    const client = events(MEMBER, REGION);
    const entry = { Source: "test", DetailType: "Burst", Detail: JSON.stringify({ x: "x".repeat(500) }) };
    for (let batch = 0; batch < 100; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          client.send(new eb.PutEventsCommand({ Entries: Array(10).fill(entry) as never })),
        ),
      );
      for (const { Entries = [] } of answers) for (const { EventId } of Entries) sent.add(EventId ?? "");
    }
    assert.equal(sent.size, 10_000);

    const got: string[] = [];
    await until(async () => {
      got.push(...(await take(QUEUE)).map((message) => eventIn(message).id));
      return got.length >= sent.size ? true : undefined;
    }, 90_000);
    await fabric.idle();
    got.push(...(await take(QUEUE)).map((message) => eventIn(message).id));

    assert.equal(got.length, 10_000);
    assert.deepEqual(new Set(got), sent);
  }).timeout(120_000);

  describe("at the end", () => {
    it("says where the way ended when the emulator has died, and hangs nowhere", async () => {
      await emulator.stop();
      const id = "after-the-end";
      const event = {
        version: "0",
        id,
        "detail-type": "Test",
        source: "test",
        account: MEMBER,
        region: REGION,
      } as const;

      await fabric.publish(MEMBER, REGION, "default", {
        ...event,
        time: "2026-03-01T12:00:00Z",
        resources: [],
        detail: {},
      });
      fabric.invalidateAll();
      await fabric.publish(MEMBER, REGION, "default", {
        ...event,
        time: "2026-03-01T12:00:00Z",
        resources: [],
        detail: {},
      });

      const stopped = await until(() => trace.explain(id)?.stopped);
      assert.match(stopped, /could not handle the event|did not receive the event/);
    });
  });
});

async function until<Answer>(
  ask: () => Answer | undefined | Promise<Answer | undefined>,
  milliseconds = 10_000,
): Promise<Answer> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${milliseconds} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
