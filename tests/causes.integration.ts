import assert from "node:assert/strict";
import { CloudTrailClient, StartLoggingCommand, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import {
  DescribeEventBusCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  PutPermissionCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { deployedOrganization } from "./support/local";

const CONTROL = "s3-bucket-policy-not-public";
const HOME = "eu-west-1";
const AWAY = "eu-central-1";

describe("a drill fails with its cause when", function () {
  // The trail control would start the trail again.
  const deployed = deployedOrganization({
    "bailiwick:controls": { [CONTROL]: { mode: "enforce" }, "cloudtrail-trail-logging": { mode: "off" } },
  });
  const drillOne = async () => {
    const [result] = await deployed().drill({ controls: [CONTROL], accounts: ["payments"], regions: [AWAY] });
    assert(result !== undefined);
    return result;
  };
  const client = <Client>(Kind: new (config: object) => Client, account: string, region = HOME) =>
    new Kind(deployed().organization.aws(deployed().account(account), region));

  const failsWith = async (cause: RegExp) => {
    const result = await drillOne();
    assert.equal(result.held, false);
    assert.match(result.cause ?? "", cause);
  };

  it("nothing is broken: then it holds", async () => {
    const result = await drillOne();

    assert.equal(result.cause, undefined);
    assert.equal(result.held, true);
    assert.equal(result.outcome, "remediated");
    assert.equal(result.benign, "untouched");
  });

  it("the trail is stopped", async () => {
    const trails = client(CloudTrailClient, "management");
    await trails.send(new StopLoggingCommand({ Name: "bailiwick" }));
    try {
      await failsWith(/trail.*(stopped|not logging)/i);
    } finally {
      await trails.send(new StartLoggingCommand({ Name: "bailiwick" }));
    }
  });

  it("the region is not forwarded", async () => {
    const events = client(EventBridgeClient, "payments", AWAY);
    const rule = { Name: "bailiwick-forwarding-1" };
    await events.send(new DisableRuleCommand(rule));
    try {
      await failsWith(/eu-central-1/);
    } finally {
      await events.send(new EnableRuleCommand(rule));
    }
  });

  it("the hub's policy omits the organization", async () => {
    const events = client(EventBridgeClient, "security");
    const bus = await events.send(new DescribeEventBusCommand({ Name: "bailiwick" }));
    assert(bus.Policy !== undefined);
    const stranger = bus.Policy.replaceAll(deployed().settings.organizationId, "o-stranger00");
    await events.send(new PutPermissionCommand({ EventBusName: "bailiwick", Policy: stranger }));
    try {
      await failsWith(/policy.*event-bus\/bailiwick.*does not allow|does not allow.*events:PutEvents/);
    } finally {
      await events.send(new PutPermissionCommand({ EventBusName: "bailiwick", Policy: bus.Policy }));
    }
  });

  it("the forwarding role is missing", async () => {
    await withoutRole("bailiwick-forwarding", () => failsWith(/role\/bailiwick-forwarding/));
  });

  it("the remediation role is missing", async () => {
    await withoutRole(`bailiwick-${CONTROL}`, () => failsWith(new RegExp(`role/bailiwick-${CONTROL}`)));
  });

  it("the function crashes", async () => {
    const lambda = client(LambdaClient, "security");
    const FunctionName = `bailiwick-${CONTROL}`;
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = { ...Environment?.Variables, BAILIWICK_SETTINGS: "{" };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    try {
      await failsWith(/crashes: .*The settings are not JSON/);
    } finally {
      await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
    }
  });

  /** Removes a role of the drilled account, and restores it afterwards. */
  async function withoutRole(RoleName: string, meanwhile: () => Promise<void>): Promise<void> {
    const iam = client(IAMClient, "payments");
    const { Role: role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames: names = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = await Promise.all(
      names.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    );
    for (const PolicyName of names) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    await iam.send(new DeleteRoleCommand({ RoleName }));
    try {
      await meanwhile();
    } finally {
      const AssumeRolePolicyDocument = decodeURIComponent(role?.AssumeRolePolicyDocument ?? "");
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      for (const { PolicyName, PolicyDocument } of policies) {
        const document = decodeURIComponent(PolicyDocument ?? "");
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
      }
    }
  }
});
