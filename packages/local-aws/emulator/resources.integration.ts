import assert from "node:assert/strict";
import { MEMBER, SECURITY, rootOf, type Credentials } from "../cloudtrail/testing/recorded-organization";
import {
  REGION,
  document,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${MEMBER}:${rest}`;
const iamArn = (rest: string) => `arn:aws:iam::${MEMBER}:${rest}`;

describe("The resource of a call", () => {
  let organization: GovernedOrganization;
  let made = 0;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
    const own = rootOf(MEMBER);
    await organization.user("ann", { path: "/staff/" });
    await organization.session("fixer", { path: "/functions/" });
    await organization.done("iam", "CreateGroup", { GroupName: "readers", Path: "/staff/" }, own);
    const profile = { InstanceProfileName: "servers", Path: "/web/" };
    await organization.done("iam", "CreateInstanceProfile", profile, own);
    const { KeyMetadata } = await organization.done("kms", "CreateKey", {}, own);
    const { KeyId } = KeyMetadata as { KeyId: string };
    await organization.done("kms", "CreateAlias", { AliasName: "alias/logs", TargetKeyId: KeyId }, own);
    keyId = KeyId;
  });
  after(() => organization?.stop());
  let keyId = "";

  /** A user who may do the action on the resources only. */
  const allowed = (Action: string | string[], ...Resource: string[]): Promise<Credentials> =>
    organization.user(`user-${(made += 1)}`, { policy: document({ Effect: "Allow", Action, Resource }) });
  /** The call is allowed on the resources, and not if one of them is missing. */
  async function needs(
    service: string,
    operation: string,
    parameters: object,
    action: string,
    ...resources: string[]
  ) {
    const denied = (by: Credentials) => organization.refused(service, operation, parameters, by);
    for (const missing of resources) {
      const others = [...resources.filter((each) => each !== missing), "arn:aws:s3:::nothing"];
      const refusal = await denied(await allowed(action, ...others));
      assert.match(
        refusal?.code ?? "allowed",
        /AccessDenied|UnauthorizedOperation/,
        `${operation} without ${missing}`,
      );
    }
    const refusal = await denied(await allowed(action, ...resources));
    assert.doesNotMatch(
      refusal?.code ?? "",
      /AccessDenied|UnauthorizedOperation/,
      `${operation}: ${refusal?.message}`,
    );
  }

  it("has the path of a user, role, group or instance profile", async () => {
    await needs("iam", "GetUser", { UserName: "ann" }, "iam:GetUser", iamArn("user/staff/ann"));
    await needs("iam", "GetRole", { RoleName: "fixer" }, "iam:GetRole", iamArn("role/functions/fixer"));
    await needs("iam", "GetGroup", { GroupName: "readers" }, "iam:GetGroup", iamArn("group/staff/readers"));
    const profile = { InstanceProfileName: "servers" };
    await needs(
      "iam",
      "GetInstanceProfile",
      profile,
      "iam:GetInstanceProfile",
      iamArn("instance-profile/web/servers"),
    );
    const added = { GroupName: "readers", UserName: "ann" };
    await needs("iam", "AddUserToGroup", added, "iam:AddUserToGroup", iamArn("group/staff/readers"));
    const attach = { UserName: "ann", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
    await needs("iam", "AttachUserPolicy", attach, "iam:AttachUserPolicy", iamArn("user/staff/ann"));
  });

  it("has the path that the call gives to what it makes", async () => {
    await needs(
      "iam",
      "CreateUser",
      { UserName: "bob", Path: "/staff/" },
      "iam:CreateUser",
      iamArn("user/staff/bob"),
    );
    const PolicyDocument = document({ Effect: "Allow", Action: "s3:*", Resource: "*" });
    const policy = { PolicyName: "p", Path: "/a/", PolicyDocument };
    await needs("iam", "CreatePolicy", policy, "iam:CreatePolicy", iamArn("policy/a/p"));
    const device = { VirtualMFADeviceName: "phone", Path: "/mfa/" };
    await needs(
      "iam",
      "CreateVirtualMFADevice",
      device,
      "iam:CreateVirtualMFADevice",
      iamArn("mfa/mfa/phone"),
    );
  });

  it("is the caller where a call on a user names none", async () => {
    const policy = document({
      Effect: "Allow",
      Action: "iam:ListAccessKeys",
      Resource: iamArn("user/staff/own"),
    });
    const own = await organization.user("own", { path: "/staff/", policy });
    assert.equal(await organization.refused("iam", "ListAccessKeys", {}, own), undefined);
    const other = await organization.user("own-not", { path: "/staff/", policy });
    assert.equal((await organization.refused("iam", "ListAccessKeys", {}, other))?.code, "AccessDenied");
  });

  it("is a rule without the name of the default bus, and with the name of another", async () => {
    await needs("events", "DescribeRule", { Name: "r" }, "events:DescribeRule", arn("events", "rule/r"));
    const default_ = { Name: "r", EventBusName: "default" };
    await needs("events", "DescribeRule", default_, "events:DescribeRule", arn("events", "rule/r"));
    const other = { Rule: "r", EventBusName: "hub", Ids: ["1"] };
    await needs("events", "RemoveTargets", other, "events:RemoveTargets", arn("events", "rule/hub/r"));
    const elsewhere = `arn:aws:events:eu-central-1:${SECURITY}:event-bus/hub`;
    const byArn = { Rule: "r", EventBusName: elsewhere };
    const rule = `arn:aws:events:eu-central-1:${SECURITY}:rule/hub/r`;
    await needs("events", "ListTargetsByRule", byArn, "events:ListTargetsByRule", rule);
    await needs(
      "events",
      "DeleteArchive",
      { ArchiveName: "a" },
      "events:DeleteArchive",
      arn("events", "archive/a"),
    );
    const tags = { ResourceARN: arn("events", "rule/r"), Tags: [{ Key: "a", Value: "b" }] };
    await needs("events", "TagResource", tags, "events:TagResource", arn("events", "rule/r"));
  });

  it("is each of the alarms, tagged resources and keys of a call", async () => {
    const alarms = ["a", "b"].map((name) => arn("cloudwatch", `alarm:${name}`));
    await needs(
      "cloudwatch",
      "DeleteAlarms",
      { AlarmNames: ["a", "b"] },
      "cloudwatch:DeleteAlarms",
      ...alarms,
    );
    const tagged = { Resources: ["vol-1", "i-1"], Tags: [{ Key: "a", Value: "b" }] };
    const parts = [arn("ec2", "volume/vol-1"), arn("ec2", "instance/i-1")];
    await needs("ec2", "CreateTags", tagged, "ec2:CreateTags", ...parts);
    const alias = { AliasName: "alias/logs", TargetKeyId: keyId };
    const [alias_, key] = [arn("kms", "alias/logs"), arn("kms", `key/${keyId}`)];
    await needs("kms", "UpdateAlias", alias, "kms:UpdateAlias", alias_, key);
    const task = { SourceArn: arn("sqs", "dead") };
    await needs("sqs", "StartMessageMoveTask", task, "sqs:StartMessageMoveTask", arn("sqs", "dead"));
  });

  it("is the key behind an alias", async () => {
    const key = arn("kms", `key/${keyId}`);
    await needs("kms", "DescribeKey", { KeyId: "alias/logs" }, "kms:DescribeKey", key);
  });

  it("is every part of a new instance", async () => {
    const run = {
      ImageId: "ami-1",
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: "subnet-1",
    };
    const parts = ["instance/*", "volume/*", "network-interface/*", "subnet/subnet-1"].map((each) =>
      arn("ec2", each),
    );
    await needs(
      "ec2",
      "RunInstances",
      run,
      "ec2:RunInstances",
      ...parts,
      `arn:aws:ec2:${REGION}::image/ami-1`,
    );
  });
});
