/** A fabric over a real emulator, for integration tests: a member account that forwards to a hub's bus, whose rule has a queue. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as eb from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
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
import { freePort } from "../loopback";
import { createTrace, type Trace } from "../trace";
import { startFabric, type Fabric } from "./fabric";

const MANAGEMENT = "111111111111";
export const HUB = "222222222222";
export const MEMBER = "333333333333";
/** Not of the organization. */
export const OUTSIDE = "999999999999";
export const HOME = "eu-central-1";
export const REGION = "eu-west-1";
const ORGANIZATION = "o-fabrictest";
export const HUB_BUS = `arn:aws:events:${HOME}:${HUB}:event-bus/hub`;
export const QUEUE = `arn:aws:sqs:${HOME}:${HUB}:control`;
export const DEAD_LETTERS = `arn:aws:sqs:${HOME}:${HUB}:dead`;
const ROLE = `arn:aws:iam::${MEMBER}:role/forward`;

export const policyDocument = (...Statement: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });

export const allowEvents = (Action: string | string[], Resource: string, sourceArn: string) => ({
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action,
  Resource,
  Condition: { ArnLike: { "aws:SourceArn": sourceArn } },
});

export const ruleArn = (name: string): string => `arn:aws:events:${HOME}:${HUB}:rule/hub/${name}`;

/** Starts all, with what the product's program deploys in short: forwarding rule and role in the member, bus, rule and queues in the hub. */
export async function startEmulatedFabric(): Promise<EmulatedFabric> {
  const installed = await installEmulator();
  const folder = await mkdtemp(path.join(tmpdir(), "local-aws-fabric-"));
  let started: (emulator: Emulator) => void = () => undefined;
  const trace = createTrace();
  const fabric = await startFabric({ emulator: new Promise((resolve) => (started = resolve)), trace });
  const port = await freePort();
  const account = (id: string, name: string) => ({ id, name, email: `${name}@example.com` });
  const emulator = await startEmulator({
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
  started(emulator);
  const emulated = new EmulatedFabric(emulator, fabric, trace, folder);
  await emulated.deploy();
  return emulated;
}

export class EmulatedFabric {
  constructor(
    readonly emulator: Emulator,
    readonly fabric: Fabric,
    readonly trace: Trace,
    private readonly folder: string,
  ) {}

  /** SDK client settings: root of an account. */
  config(account = HUB, region = HOME) {
    return {
      endpoint: this.emulator.url,
      region,
      credentials: { accessKeyId: account, secretAccessKey: "test" },
      maxAttempts: 1,
    };
  }

  events(account = HUB, region = HOME): eb.EventBridgeClient {
    return new eb.EventBridgeClient(this.config(account, region));
  }

  sqs(): SQSClient {
    return new SQSClient({ ...this.config(), useQueueUrlAsEndpoint: false });
  }

  urlOf(queueArn: string): string {
    return `${this.emulator.url}/${HUB}/${queueArn.split(":").pop()}`;
  }

  async deploy(): Promise<void> {
    await this.events().send(new eb.CreateEventBusCommand({ Name: "hub" }));
    await this.allowOrganization();
    await this.putQueue(QUEUE, "*");
    await this.putQueue(DEAD_LETTERS, "*");
    await this.putRule("control", { Id: "queue", Arn: QUEUE });
    await this.putRole(MEMBER, "forward", `arn:aws:events:*:${MEMBER}:rule/*`, "events:PutEvents", HUB_BUS);
    const member = this.events(MEMBER, REGION);
    await member.send(new eb.PutRuleCommand({ Name: "forward", EventPattern: '{"source":["test"]}' }));
    const target = { Id: "hub", Arn: HUB_BUS, RoleArn: ROLE };
    await member.send(new eb.PutTargetsCommand({ Rule: "forward", Targets: [target] }));
    this.fabric.invalidateAll();
  }

  /** In the policy of the hub's bus. */
  async allowOrganization(organization = ORGANIZATION): Promise<void> {
    const Policy = policyDocument({
      Effect: "Allow",
      Principal: "*",
      Action: "events:PutEvents",
      Resource: HUB_BUS,
      Condition: { StringEquals: { "aws:PrincipalOrgID": organization } },
    });
    await this.events().send(new eb.PutPermissionCommand({ EventBusName: "hub", Policy }));
    this.fabric.invalidateAll();
  }

  /** @param sourceArn the rule that may send to it. */
  async putQueue(arn: string, sourceArn: string, attributes: Record<string, string> = {}): Promise<void> {
    const QueueName = arn.split(":").pop();
    await this.sqs().send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
    const Policy = policyDocument(allowEvents("sqs:SendMessage", arn, sourceArn));
    await this.sqs().send(
      new SetQueueAttributesCommand({ QueueUrl: this.urlOf(arn), Attributes: { Policy } }),
    );
    this.fabric.invalidateAll();
  }

  /** On the hub's bus. The rule `control` matches the source `test`, any other the source of its own name. */
  async putRule(name: string, target: eb.Target): Promise<void> {
    const pattern = JSON.stringify({ source: [name === "control" ? "test" : name] });
    const on = { EventBusName: "hub" };
    await this.events().send(new eb.PutRuleCommand({ Name: name, ...on, EventPattern: pattern }));
    await this.events().send(new eb.PutTargetsCommand({ Rule: name, ...on, Targets: [target] }));
    this.fabric.invalidateAll();
  }

  /** @param sourceArn the rule that EventBridge may assume it for. */
  async putRole(account: string, name: string, sourceArn: string, action: string, resource: string) {
    const iam = new IAMClient(this.config(account, "us-east-1"));
    const trust = {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:SourceAccount": account }, ArnLike: { "aws:SourceArn": sourceArn } },
    };
    const AssumeRolePolicyDocument = policyDocument(trust);
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
    const PolicyDocument = policyDocument({ Effect: "Allow", Action: action, Resource: resource });
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument }));
    this.fabric.invalidateAll();
  }

  /** @returns the event's id, when it is delivered. */
  async putEvent(source = "test", account = MEMBER, region = REGION, EventBusName?: string): Promise<string> {
    const entry = { Source: source, DetailType: "Test", Detail: '{"a":1}', EventBusName };
    const command = new eb.PutEventsCommand({ Entries: [entry] });
    const { Entries } = await this.events(account, region).send(command);
    const id = Entries?.[0]?.EventId ?? assert.fail(JSON.stringify(Entries));
    await until(() => this.trace.explain(id));
    await this.fabric.idle();
    return id;
  }

  putEventOnHub(source: string): Promise<string> {
    return this.putEvent(source, HUB, HOME, "hub");
  }

  /** Receives and deletes all messages of a queue. */
  async take(queueArn: string): Promise<Message[]> {
    const QueueUrl = this.urlOf(queueArn);
    const taken: Message[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs().send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
      );
      if (Messages.length === 0) return taken;
      taken.push(...Messages);
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await this.sqs().send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  }

  /** Like `take`, as soon as there are messages. */
  takeSome(queueArn: string): Promise<Message[]> {
    return until(async () => {
      const taken = await this.take(queueArn);
      return taken.length > 0 ? taken : undefined;
    });
  }

  async stop(): Promise<void> {
    await this.fabric.close();
    await this.emulator.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const eventIn = (message: Message | undefined): EventBridgeEvent =>
  JSON.parse(message?.Body ?? "{}") as EventBridgeEvent;

export const attributesOf = (message: Message | undefined): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(message?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
  );

/** @returns the first answer that is not undefined. */
export async function until<Answer>(
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
