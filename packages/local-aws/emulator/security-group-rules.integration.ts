import assert from "node:assert/strict";
import * as ec2 from "@aws-sdk/client-ec2";
import {
  MEMBER,
  startRecordedOrganization,
  type RecordedOrganization,
} from "../cloudtrail/testing/recorded-organization";

describe("A security group of the local organization", () => {
  let organization: RecordedOrganization;
  let client: ec2.EC2Client;
  let groups = 0;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    client = new ec2.EC2Client(organization.config(MEMBER));
  });
  after(async () => {
    client?.destroy();
    await organization?.stop();
  });

  const source = (rule: ec2.SecurityGroupRule) =>
    rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId ?? "none";
  const newGroup = async () => {
    const named = { GroupName: `group-${++groups}`, Description: "for a test" };
    const { GroupId = "" } = await client.send(new ec2.CreateSecurityGroupCommand(named));
    return GroupId;
  };
  const everywhereAndHome: ec2.IpPermission = {
    IpProtocol: "tcp",
    FromPort: 22,
    ToPort: 22,
    IpRanges: [{ CidrIp: "0.0.0.0/0" }, { CidrIp: "10.0.0.0/8", Description: "home" }],
  };
  const authorize = async (GroupId: string, permission: ec2.IpPermission) => {
    const permissions = { GroupId, IpPermissions: [permission] };
    const answer = await client.send(new ec2.AuthorizeSecurityGroupIngressCommand(permissions));
    return answer.SecurityGroupRules ?? [];
  };
  const rulesOf = async (group: string) => {
    const Filters = [{ Name: "group-id", Values: [group] }];
    const { SecurityGroupRules = [] } = await client.send(
      new ec2.DescribeSecurityGroupRulesCommand({ Filters }),
    );
    return SecurityGroupRules.filter(({ IsEgress }) => IsEgress !== true);
  };
  const permissionsOf = async (GroupId: string) => {
    const named = { GroupIds: [GroupId] };
    const { SecurityGroups = [] } = await client.send(new ec2.DescribeSecurityGroupsCommand(named));
    return SecurityGroups[0]?.IpPermissions ?? [];
  };
  const idOf = (rules: ec2.SecurityGroupRule[], of: string) =>
    rules.find((rule) => source(rule) === of)?.SecurityGroupRuleId ?? "none";

  it("has a rule with its own id for each source of one permission, of every kind", async () => {
    const [group, other] = [await newGroup(), await newGroup()];

    const answered = await authorize(group, {
      ...everywhereAndHome,
      Ipv6Ranges: [{ CidrIpv6: "::/0" }],
      PrefixListIds: [{ PrefixListId: "pl-0123456789abcdef0", Description: "office" }],
      UserIdGroupPairs: [{ GroupId: other }],
    });

    const comparable = (rules: ec2.SecurityGroupRule[]) =>
      rules.map((rule) => [rule.SecurityGroupRuleId, source(rule), rule.Description]);
    assert.deepEqual(
      answered.map((rule) => [source(rule), rule.Description]),
      [
        ["0.0.0.0/0", undefined],
        ["10.0.0.0/8", "home"],
        ["::/0", undefined],
        ["pl-0123456789abcdef0", "office"],
        [other, undefined],
      ],
    );
    assert.equal(new Set(answered.map(({ SecurityGroupRuleId: id }) => id)).size, 5);
    assert.deepEqual(comparable(await rulesOf(group)), comparable(answered));
  });

  it("returns sources of the same ports as one permission", async () => {
    const group = await newGroup();
    await authorize(group, everywhereAndHome);
    await authorize(group, { ...everywhereAndHome, IpRanges: [{ CidrIp: "192.168.0.0/16" }] });
    await authorize(group, { ...everywhereAndHome, ToPort: 23, IpRanges: [{ CidrIp: "10.1.0.0/16" }] });

    const permissions = await permissionsOf(group);

    assert.deepEqual(
      permissions.map(({ ToPort, IpRanges }) => [ToPort, IpRanges?.map(({ CidrIp }) => CidrIp)]),
      [
        [22, ["0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/16"]],
        [23, ["10.1.0.0/16"]],
      ],
    );
  });

  it("loses only the source that is revoked, by id or by its permission", async () => {
    const group = await newGroup();
    const rules = await authorize(group, {
      ...everywhereAndHome,
      IpRanges: [...(everywhereAndHome.IpRanges ?? []), { CidrIp: "192.168.0.0/16" }],
    });

    const SecurityGroupRuleIds = [idOf(rules, "0.0.0.0/0")];
    await client.send(new ec2.RevokeSecurityGroupIngressCommand({ GroupId: group, SecurityGroupRuleIds }));
    const allowing = { ...everywhereAndHome, IpRanges: [{ CidrIp: "192.168.0.0/16" }] };
    await client.send(
      new ec2.RevokeSecurityGroupIngressCommand({ GroupId: group, IpPermissions: [allowing] }),
    );

    assert.deepEqual((await rulesOf(group)).map(source), ["10.0.0.0/8"]);
  });

  it("changes only the rule with the given id, which stays unique", async () => {
    const group = await newGroup();
    const id = idOf(await authorize(group, everywhereAndHome), "0.0.0.0/0");
    const SecurityGroupRule = { IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "172.16.0.0/12" };

    await client.send(
      new ec2.ModifySecurityGroupRulesCommand({
        GroupId: group,
        SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule }],
      }),
    );
    const [again] = await authorize(group, { ...everywhereAndHome, IpRanges: [{ CidrIp: "0.0.0.0/0" }] });

    const rules = await rulesOf(group);
    assert.deepEqual(rules.map(source).sort(), ["0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12"]);
    assert.equal(idOf(rules, "172.16.0.0/12"), id);
    assert.equal(idOf(rules, "0.0.0.0/0"), again?.SecurityGroupRuleId);
    assert.notEqual(again?.SecurityGroupRuleId, id);
  });

  it("returns only its remaining egress permissions", async () => {
    const group = await newGroup();
    const permissions = { GroupId: group, IpPermissions: [everywhereAndHome] };
    const { SecurityGroupRules = [] } = await client.send(
      new ec2.AuthorizeSecurityGroupEgressCommand(permissions),
    );

    const SecurityGroupRuleIds = [idOf(SecurityGroupRules, "0.0.0.0/0")];
    await client.send(new ec2.RevokeSecurityGroupEgressCommand({ GroupId: group, SecurityGroupRuleIds }));

    const { SecurityGroups } = await client.send(
      new ec2.DescribeSecurityGroupsCommand({ GroupIds: [group] }),
    );
    const out = SecurityGroups?.[0]?.IpPermissionsEgress ?? [];
    assert.deepEqual(
      out.map(({ IpProtocol, IpRanges }) => [IpProtocol, IpRanges?.map(({ CidrIp }) => CidrIp)]),
      [
        ["-1", ["0.0.0.0/0"]],
        ["tcp", ["10.0.0.0/8"]],
      ],
    );
  });
});
