import {
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import {
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import type { PermissionScope, PolicyStatement } from "../lib/permissions";
import { inPlace } from "../lib/deployed-path";
import { CREDENTIALS, eventsOf, oddEvents, sdkError } from "../lib/testing";
import { control } from "./control";
import { remediation } from "./remediate";
import { DEPLOYED } from "./testing";

const ACCOUNT = "210987654321";
const events = eventsOf(control.id);
/** As the runtime does when the event arrives. */
function contextOf(name: string) {
  const event = events.get(name) ?? assert.fail(name);
  const resource = control.resource(event) ?? assert.fail(name);
  return { resource, event, parameters: {}, aws: CREDENTIALS, deployed: DEPLOYED };
}
const place = { account: ACCOUNT, region: "eu-west-1" };
const deployedRule = inPlace(DEPLOYED.forwarding.rules["bailiwick-forwarding-1"]!, place);
const TARGET = {
  Id: "hub",
  Arn: "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick",
  RoleArn: `arn:aws:iam::${ACCOUNT}:role/bailiwick-forwarding`,
  DeadLetterConfig: { Arn: `arn:aws:sqs:eu-west-1:${ACCOUNT}:bailiwick-forwarding-dlq` },
  RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
};
const compliant = { state: "compliant", why: "It is as it was deployed.", after: [] };

/** What the role of the control may do, or one of its sessions. */
const permissionsIn = (scope: PermissionScope): PolicyStatement[] =>
  [control.readPermissions, control.fixPermissions].flatMap((permissions) => permissions?.(scope) ?? []);

describe("events-forwarding-intact", () => {
  const bridge = mockClient(EventBridgeClient);
  const sqs = mockClient(SQSClient);
  const iam = mockClient(IAMClient);
  beforeEach(() => [bridge, sqs, iam].forEach((each) => each.reset()));
  after(() => [bridge, sqs, iam].forEach((each) => each.restore()));

  const rule = (found: object, targets: Target[] = [TARGET]) => {
    const whole = { State: "ENABLED" as const, EventPattern: deployedRule.eventPattern, ...found };
    bridge
      .on(DescribeRuleCommand)
      .resolves(whole)
      .on(ListTargetsByRuleCommand)
      .resolves({ Targets: targets });
    bridge.on(PutTargetsCommand).resolves({ FailedEntryCount: 0 });
    bridge.on(RemoveTargetsCommand).resolves({ FailedEntryCount: 0 });
  };
  const found = async (name: string) => {
    const evaluation = await remediation.evaluate(contextOf(name));
    assert(evaluation.state === "violation", evaluation.state);
    return evaluation;
  };

  it("accepts a rule that is as it was deployed, whoever put it", async () => {
    rule({ EventPattern: ' { "source" : ["aws.s3"] } ' });
    assert.deepEqual(await remediation.evaluate(contextOf("matching-disable-rule")), compliant);
  });

  it("finds each way of stopping a rule, and restores pattern, state and target", async () => {
    const of = "The rule bailiwick-forwarding-1 in eu-west-1";
    for (const [state, targets, finding] of [
      [{ State: "DISABLED" }, [TARGET], `${of} is disabled: it forwards nothing.`],
      [
        { EventPattern: '{"source":["none"]}' },
        [TARGET],
        `${of} has another event pattern: {"source":["none"]}`,
      ],
      [{}, [], `${of} lacks its target ${TARGET.Arn}.`],
      [{}, [{ ...TARGET, Input: "{}" }], `${of} lacks its target ${TARGET.Arn}.`],
      [
        {},
        [TARGET, { Id: "2", Arn: "arn:aws:sqs:eu-west-1:1:mine" }],
        `${of} has another target: arn:aws:sqs:eu-west-1:1:mine.`,
      ],
    ] as const) {
      rule(state, [...targets]);
      assert.deepEqual((await found("matching-disable-rule")).findings, [finding]);
    }
  });

  it("makes a deleted rule again, with its target, and nothing but that", async () => {
    bridge.on(DescribeRuleCommand).rejects(sdkError("ResourceNotFoundException"));
    bridge.on(PutTargetsCommand).resolves({ FailedEntryCount: 0 });
    const violation = await found("matching-remove-targets");

    await remediation.fix(contextOf("matching-remove-targets"), violation);

    assert.deepEqual(violation.remedies, [
      "Put the rule as it was deployed.",
      "Put the target as it was deployed.",
    ]);
    assert.deepEqual(bridge.commandCalls(PutRuleCommand)[0]?.args[0].input, {
      Name: "bailiwick-forwarding-1",
      EventBusName: undefined,
      EventPattern: deployedRule.eventPattern,
      State: "ENABLED",
      Description: deployedRule.description,
    });
    assert.deepEqual(bridge.commandCalls(PutTargetsCommand)[0]?.args[0].input.Targets, [TARGET]);
  });

  it("retries when EventBridge refuses a target, which its answer says", async () => {
    rule({}, []);
    bridge
      .on(PutTargetsCommand)
      .resolves({ FailedEntryCount: 1, FailedEntries: [{ ErrorMessage: "Busy." }] });
    await assert.rejects(
      remediation.fix(contextOf("matching-disable-rule"), await found("matching-disable-rule")),
      { name: "RetryableError", message: "EventBridge refused a target; it will be retried. (Busy.)" },
    );
  });

  it("leaves rules alone that aren't deployed, in a region that isn't governed, or on the bus of another account", async () => {
    const why = { state: "compliant", why: "It is no part of the deployment.", after: [] };
    const context = contextOf("matching-disable-rule");
    const elsewhere = { ...context, resource: { ...context.resource, region: "ap-south-1" } };

    assert.deepEqual(await remediation.evaluate(contextOf("matching-delete-rule")), why);
    assert.deepEqual(await remediation.evaluate(elsewhere), why);
    assert.deepEqual(await remediation.evaluate(contextOf("matching-hub-rule")), why);
    assert.deepEqual(await remediation.evaluate(contextOf("matching-bus-policy")), why);
  });

  it("reports another policy of the hub bus, whose permission could not be limited to it", async () => {
    const context = contextOf("matching-bus-policy");
    const hub = { ...context, resource: { ...context.resource, account: DEPLOYED.hub.account } };
    bridge.on(DescribeEventBusCommand).resolves({ Name: "bailiwick" });

    const violation = await remediation.evaluate(hub);

    assert(violation.state === "violation");
    assert.deepEqual(violation.findings, [
      "The hub bus has no policy: no account can forward its events. Run pulumi up, which restores it.",
    ]);
    assert.deepEqual(violation.remedies, []);
  });

  it("makes a deleted dead-letter queue again, sets changed attributes, and reports what a purge lost", async () => {
    sqs.on(GetQueueUrlCommand).rejects(sdkError("QueueDoesNotExist"));
    const gone = await found("matching-delete-queue");
    assert.deepEqual(gone.findings, [
      "The dead-letter queue bailiwick-forwarding-dlq in eu-west-1 was deleted, with all that it held.",
    ]);
    await remediation.fix(contextOf("matching-delete-queue"), gone);
    const asDeployed = sqs.commandCalls(CreateQueueCommand)[0]?.args[0].input.Attributes ?? {};
    assert.equal(asDeployed["Policy"], inPlace(DEPLOYED.forwarding.deadLetterQueue, place).policy);

    sqs.on(GetQueueUrlCommand).resolves({ QueueUrl: "https://queue" });
    sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ...asDeployed, Policy: "{}" } });
    const changed = await found("matching-delete-queue");
    assert.deepEqual(changed.findings, [
      "The dead-letter queue bailiwick-forwarding-dlq in eu-west-1 has another Policy.",
    ]);
    await remediation.fix(contextOf("matching-delete-queue"), changed);
    assert.deepEqual(sqs.commandCalls(SetQueueAttributesCommand)[0]?.args[0].input.Attributes, asDeployed);

    sqs.on(GetQueueAttributesCommand).resolves({ Attributes: asDeployed });
    assert.deepEqual(await remediation.evaluate(contextOf("matching-delete-queue")), compliant);
    assert.deepEqual((await found("matching-purge-queue")).remedies, []);
  });

  const role = (changes: { trust?: string; policies?: string[]; document?: string; attached?: string[] }) => {
    const [deployed] = DEPLOYED.roles["bailiwick-forwarding"]!;
    const { trust = deployed!.trustPolicy, policies = ["forward"], attached = [] } = changes;
    const Role = { AssumeRolePolicyDocument: encodeURIComponent(trust) } as never;
    iam.on(GetRoleCommand).resolves({ Role });
    iam.on(ListRolePoliciesCommand).resolves({ PolicyNames: policies });
    iam.on(GetRolePolicyCommand).resolves({
      PolicyDocument: encodeURIComponent(changes.document ?? deployed!.policy.document),
    });
    iam.on(ListAttachedRolePoliciesCommand).resolves({
      AttachedPolicies: attached.map((PolicyArn) => ({ PolicyArn })),
    });
  };

  it("reports a role that is gone or that others changed, and offers nothing that would take rights over roles", async () => {
    role({});
    assert.deepEqual(await remediation.evaluate(contextOf("matching-delete-role")), compliant);
    for (const changes of [
      { trust: '{"Statement":[{"Principal":"*"}]}' },
      { policies: [] },
      { policies: ["forward", "more"] },
      { document: '{"Statement":[{"Action":"*","Resource":"*","Effect":"Allow"}]}' },
    ]) {
      role(changes);
      const { findings, remedies } = await found("matching-delete-role");
      assert.equal(findings.length, 1, JSON.stringify(changes));
      assert.deepEqual(remedies, []);
    }
    iam.on(GetRoleCommand).rejects(sdkError("NoSuchEntityException"));
    assert.deepEqual((await found("matching-delete-role")).findings, [
      "The role bailiwick-forwarding was deleted. Run pulumi up, which restores it.",
    ]);
  });

  it("detaches a policy that others attached", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    role({ attached: [PolicyArn] });
    const violation = await found("matching-delete-role");
    await remediation.fix(contextOf("matching-delete-role"), violation);
    assert.deepEqual(iam.commandCalls(DetachRolePolicyCommand)[0]?.args[0].input, {
      RoleName: "bailiwick-forwarding",
      PolicyArn,
    });
  });

  it("reports who changes a function, unless a deployment did", async () => {
    const { findings, remedies } = await found("matching-function-code");
    assert.deepEqual(
      [findings, remedies],
      [
        [
          "UpdateFunctionCode changed bailiwick-iam-user-mfa-required, by others than a deployment. Run pulumi up, which restores it.",
        ],
        [],
      ],
    );
    assert.deepEqual(await remediation.evaluate(contextOf("matching-by-deployment")), {
      state: "compliant",
      why: "A deployment changed it.",
      after: [],
    });
  });

  it("fails where its settings don't say what was deployed, rather than call everything compliant", async () => {
    const context: Partial<ReturnType<typeof contextOf>> = contextOf("matching-disable-rule");
    delete context.deployed;
    await assert.rejects(remediation.evaluate(context as ReturnType<typeof contextOf>), {
      name: "PermanentError",
    });
  });

  it("may write no policy and no trust of a role, pass the forwarding roles only, and set targets of the path only", () => {
    const statements = permissionsIn({ partition: "aws", account: ACCOUNT, region: "*", id: "*" });
    const actions = statements.flatMap(({ Action }) => Action);

    assert.deepEqual(
      actions.filter((action) => /^iam:(Put|Create|Delete|Update|Attach|Set|Add|\*)/.test(action)),
      [],
    );
    const pass = statements.filter(({ Action }) => Action === "iam:PassRole");
    assert.deepEqual(pass[0]?.Resource, [
      `arn:aws:iam::${ACCOUNT}:role/bailiwick-forwarding`,
      `arn:aws:iam::${ACCOUNT}:role/bailiwick-guard-forwarding`,
    ]);
    assert.equal(
      statements.find(({ Sid }) => Sid === "RestoreTargets")?.Condition?.["Null"]?.["events:TargetArn"],
      "false",
    );
    for (const { Resource } of statements)
      for (const arn of [Resource].flat()) assert.match(arn, /bailiwick/);
  });

  it("narrows a session to one kind of resource, short enough for STS's packed form", () => {
    for (const name of events.keys()) {
      const resource = name.startsWith("matching") ? control.resource(events.get(name)!) : undefined;
      if (!resource) continue;
      const scope = { partition: "aws", account: ACCOUNT, region: resource.region, id: resource.id };
      const text = JSON.stringify(permissionsIn(scope));
      assert(text.length < 850, `${name}: ${text.length}`);
    }
  });

  it("accepts no invalid names", () => {
    for (const odd of oddEvents(events.get("matching-disable-rule")!))
      assert.equal(control.resource(odd), undefined);
  });
});
