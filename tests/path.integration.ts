import assert from "node:assert/strict";
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  AttachRolePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { Outcome } from "../controls/lib/outcome";
import { outcomeFeed } from "../rehearsal/drill/outcome-feed";
import { deployedOrganization, eventually } from "./support/local";

const CONTROL = "events-forwarding-intact";
const RULE = "bailiwick-forwarding-1";
const GUARD = "bailiwick-guard";
const HUB_RULE = "bailiwick-s3-bucket-policy-not-public";
const REGION = "eu-central-1";

/** Root of the account, which no identity policy limits. */
describe("the path of the events in a member's hands", function () {
  this.timeout(240_000);
  const deployed = deployedOrganization({
    "bailiwick:controls": {
      [CONTROL]: { mode: "enforce" },
      "s3-bucket-policy-not-public": { mode: "enforce" },
    },
  });
  const outcomes: Outcome[] = [];
  before(() => {
    outcomeFeed(deployed().organization.trace).subscribe((outcome) => outcomes.push(outcome));
  });

  const aws = (account: string, region?: string) =>
    deployed().organization.aws(deployed().account(account), region);
  const events = (region = REGION) => new EventBridgeClient(aws("payments", region));
  const rule = (Name: string, region?: string) => events(region).send(new DescribeRuleCommand({ Name }));
  const stateOf = (Name: string) => async () => (await rule(Name)).State === "ENABLED" || undefined;
  const reported = (of: string, finding: RegExp) =>
    eventually(
      () =>
        Promise.resolve(
          outcomes.find(
            ({ resource, findings }) => resource?.id === of && findings.some((each) => finding.test(each)),
          ),
        ),
      `${of} reported with ${String(finding)}`,
      20_000,
    );

  it("is restored in each drill, and a rule that is put as it is stays", async () => {
    const results = await deployed().drill({ controls: [CONTROL], accounts: ["payments"] });

    assert.deepEqual(
      results.filter(({ held }) => !held),
      [],
    );
    assert(results.length > 0);
  });

  it("enables a rule that is disabled, by the guard rule's way", async () => {
    await events().send(new DisableRuleCommand({ Name: RULE }));

    await eventually(stateOf(RULE), "the rule is enabled", 20_000);
    const { outcome, severity } = await reported(RULE, /is disabled: it forwards nothing/);
    assert.deepEqual([outcome, severity], ["remediated", "critical"]);
  });

  it("makes a deleted rule again, with pattern and target", async () => {
    const before = await rule(RULE);
    const targets = await events().send(new ListTargetsByRuleCommand({ Rule: RULE }));
    await events().send(new RemoveTargetsCommand({ Rule: RULE, Ids: ["hub"] }));
    await events().send(new DeleteRuleCommand({ Name: RULE }));

    const after = await eventually(
      async () => {
        const found = await events()
          .send(new ListTargetsByRuleCommand({ Rule: RULE }))
          .catch(() => undefined);
        return found?.Targets?.length === 1 ? found.Targets : undefined;
      },
      "the rule has its target",
      30_000,
    );
    assert.deepEqual(after, targets.Targets);
    assert.equal((await rule(RULE)).EventPattern, before.EventPattern);
  });

  it("restores a pattern that matches nothing, and removes a target that others added", async () => {
    const { EventPattern: before } = await rule(GUARD);
    await events().send(new PutRuleCommand({ Name: GUARD, EventPattern: '{"source":["none"]}' }));
    await eventually(
      async () => (await rule(GUARD)).EventPattern === before || undefined,
      "the pattern",
      20_000,
    );

    const Arn = `arn:aws:sqs:${REGION}:${deployed().account("payments")}:bailiwick-forwarding-dlq`;
    await events().send(new PutTargetsCommand({ Rule: RULE, Targets: [{ Id: "mine", Arn }] }));

    await eventually(
      async () => {
        const { Targets = [] } = await events().send(new ListTargetsByRuleCommand({ Rule: RULE }));
        return Targets.length === 1 || undefined;
      },
      "one target",
      20_000,
    );
  });

  it("restores the dead-letter queue's policy", async () => {
    const sqs = new SQSClient(aws("payments", REGION));
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "bailiwick-forwarding-dlq" }));
    const policy = async () =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["Policy"] }))).Attributes?.[
        "Policy"
      ];
    const before = JSON.parse((await policy()) ?? "") as unknown;
    const other = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "sqs:SendMessage", Resource: "*" }],
    };
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify(other) } }),
    );

    await eventually(async () => !(await policy())?.includes("Deny") || undefined, "the policy", 20_000);
    assert.deepEqual(JSON.parse((await policy()) ?? ""), before);
  });

  it("restores hub rules, and reports a changed bus policy", async () => {
    const hub = new EventBridgeClient(aws("security", "eu-west-1"));
    const bus = { EventBusName: "bailiwick" };
    await hub.send(new DisableRuleCommand({ Name: HUB_RULE, ...bus }));
    await eventually(
      async () =>
        (await hub.send(new DescribeRuleCommand({ Name: HUB_RULE, ...bus }))).State === "ENABLED" ||
        undefined,
      "the hub rule is enabled",
      20_000,
    );
    await hub.send(new RemovePermissionCommand({ StatementId: "RulesAreMade", ...bus }));

    const { outcome } = await reported("bailiwick", /has another policy than was deployed/);
    assert.equal(outcome, "notified");
  });

  it("reports a role that is changed, and detaches what others attached", async () => {
    const iam = new IAMClient(aws("payments"));
    const RoleName = "bailiwick-s3-bucket-policy-not-public";
    await iam.send(
      new AttachRolePolicyCommand({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
    );
    await eventually(
      async () => {
        const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
        return AttachedPolicies.length === 0 || undefined;
      },
      "nothing is attached",
      20_000,
    );
    const trust = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { AWS: `arn:aws:iam::${deployed().account("payments")}:root` },
        },
      ],
    };
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(trust) }));

    const { outcome, severity } = await reported(RoleName, /is trusted to others/);
    assert.deepEqual([outcome, severity], ["notified", "critical"]);
  });

  it("reports a deleted forwarding role through the guard's", async () => {
    const iam = new IAMClient(aws("web"));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "bailiwick-forwarding", PolicyName: "forward" }));
    await iam.send(new DeleteRoleCommand({ RoleName: "bailiwick-forwarding" }));

    assert.equal((await reported("bailiwick-forwarding", /was deleted/)).severity, "critical");
  });

  it("takes no events from others than the forwarding roles", async () => {
    const EventBusName = `arn:aws:events:eu-west-1:${deployed().account("security")}:event-bus/bailiwick`;
    const Entries = [{ EventBusName, Source: "mine", DetailType: "forged", Detail: "{}" }];

    const answer = await events("eu-west-1")
      .send(new PutEventsCommand({ Entries }))
      .catch((error: Error) => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: error.name }] }));

    assert.equal(answer.FailedEntryCount, 1);
    assert.match(answer.Entries?.[0]?.ErrorCode ?? "", /AccessDenied|NotAuthorized/);
  });
});
