import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeTagsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import * as v from "valibot";
import { CREDENTIALS, eventsOf, reference, sdkError } from "../lib/testing";
import { control, parameters } from "./control";
import { remediation } from "./remediate";
import { opening } from "./rule";

const GROUP = "sg-0b7c1f3a9d2e48561";
const PORTS = [22, 3389];
const context = {
  resource: reference(
    control.resourceType,
    GROUP,
    `arn:aws:ec2:eu-west-1:210987654321:security-group/${GROUP}`,
  ),
  parameters: { ports: PORTS },
  aws: CREDENTIALS,
};

describe("ec2-security-group-admin-ports-closed: which group an event is about", () => {
  it("finds the group in every shape of the call", () => {
    for (const [name, event] of eventsOf(control.id)) {
      if (!name.startsWith("matching")) continue;
      assert.deepEqual(control.resource(event), context.resource, name);
    }
  });

  it("accepts no invalid id, nor one that could widen a policy", () => {
    const event = eventsOf(control.id).get("matching-flat")!;
    for (const groupId of [
      "*",
      "sg-*",
      "sg-0b7c1f3a9d2e4856?",
      "sg-${aws:userid}",
      "default",
      "SG-0b7c1f3a",
      `${GROUP}\n`,
      5,
      null,
      [GROUP],
    ]) {
      const bad = { ...event, detail: { requestParameters: { groupId: groupId as string } } };
      assert.equal(control.resource(bad), undefined, JSON.stringify(groupId));
    }
  });

  it("does not look into the answer when the call itself names something else", () => {
    const event = structuredClone(eventsOf(control.id).get("matching-flat")!);
    event.detail["requestParameters"] = { groupId: "sg-*" };
    assert.equal(control.resource(event), undefined);
  });
});

describe("ec2-security-group-admin-ports-closed: parameters", () => {
  it("default to SSH and RDP", () => assert.deepEqual(v.parse(parameters, {}), { ports: [22, 3389] }));

  it("take ports from 0 to 65535, at least one, and nothing else", () => {
    assert.deepEqual(v.parse(parameters, { ports: [0, 65535] }), { ports: [0, 65535] });
    for (const bad of [
      { ports: [] },
      { ports: [-1] },
      { ports: [65536] },
      { ports: [22.5] },
      { ports: "22" },
      { port: 22 },
    ]) {
      assert.equal(v.safeParse(parameters, bad).success, false, JSON.stringify(bad));
    }
  });
});

describe("ec2-security-group-admin-ports-closed: the rule", () => {
  const cases: [string, Parameters<typeof opening>[0], string | undefined][] = [
    [
      "SSH to the internet",
      { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "0.0.0.0/0" },
      "opens tcp port 22 to 0.0.0.0/0",
    ],
    [
      "RDP over UDP to IPv6",
      { protocol: "udp", fromPort: 3389, toPort: 3389, cidr: "::/0" },
      "opens udp port 3389 to ::/0",
    ],
    [
      "a range that ends at the port",
      { protocol: "tcp", fromPort: 1, toPort: 22, cidr: "0.0.0.0/0" },
      "opens tcp ports 1-22, 22 included, to 0.0.0.0/0",
    ],
    [
      "a range that begins at the port",
      { protocol: "tcp", fromPort: 22, toPort: 80, cidr: "0.0.0.0/0" },
      "opens tcp ports 22-80, 22 included, to 0.0.0.0/0",
    ],
    [
      "a range around both",
      { protocol: "6", fromPort: 0, toPort: 65535, cidr: "0.0.0.0/0" },
      "opens tcp ports 0-65535, 22 and 3389 included, to 0.0.0.0/0",
    ],
    [
      "all traffic",
      { protocol: "-1", fromPort: -1, toPort: -1, cidr: "0.0.0.0/0" },
      "opens all traffic, ports 22 and 3389 included, to 0.0.0.0/0",
    ],
    [
      "all traffic as some tools write it",
      { protocol: "all", fromPort: 0, toPort: 0, cidr: "::/0" },
      "opens all traffic, ports 22 and 3389 included, to ::/0",
    ],
    [
      "all TCP ports",
      { protocol: "TCP", cidr: "0.0.0.0/0" },
      "opens all tcp ports, 22 and 3389 included, to 0.0.0.0/0",
    ],
    [
      "half of the internet",
      { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "128.0.0.0/1" },
      "opens tcp port 22 to 128.0.0.0/1",
    ],
    [
      "all IPv6 that is in use",
      { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "2000::/3" },
      "opens tcp port 22 to 2000::/3",
    ],
    [
      "::/0 written out",
      { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "0:0:0:0:0:0:0:0/0" },
      "opens tcp port 22 to 0:0:0:0:0:0:0:0/0",
    ],
    [
      "the widest network that passes",
      { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "54.0.0.0/8" },
      undefined,
    ],
    ["a private network", { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "10.0.0.0/8" }, undefined],
    [
      "private IPv6, broad as it is",
      { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "fc00::/7" },
      undefined,
    ],
    ["one address", { protocol: "-1", cidr: "203.0.113.5/32" }, undefined],
    ["another port", { protocol: "tcp", fromPort: 443, toPort: 443, cidr: "0.0.0.0/0" }, undefined],
    ["a range just below", { protocol: "tcp", fromPort: 0, toPort: 21, cidr: "0.0.0.0/0" }, undefined],
    ["a range just above", { protocol: "tcp", fromPort: 23, toPort: 3388, cidr: "0.0.0.0/0" }, undefined],
    ["ping", { protocol: "icmp", fromPort: -1, toPort: -1, cidr: "0.0.0.0/0" }, undefined],
    ["ping for IPv6", { protocol: "58", fromPort: -1, toPort: -1, cidr: "::/0" }, undefined],
    ["what is no range", { protocol: "tcp", fromPort: 22, toPort: 22, cidr: "sg-12345678" }, undefined],
  ];
  for (const [what, rule, expected] of cases) {
    it(`${expected === undefined ? "spares" : "catches"} ${what}`, () =>
      assert.equal(opening(rule, PORTS), expected));
  }

  it("names a single configured port in the singular", () => {
    assert.equal(
      opening({ protocol: "-1", cidr: "::/0" }, [5432]),
      "opens all traffic, port 5432 included, to ::/0",
    );
  });
});

describe("ec2-security-group-admin-ports-closed: remediation", () => {
  const ec2 = mockClient(EC2Client);
  beforeEach(() => ec2.reset());
  after(() => ec2.restore());

  const ssh: SecurityGroupRule = {
    SecurityGroupRuleId: "sgr-1",
    GroupId: GROUP,
    IsEgress: false,
    IpProtocol: "tcp",
    FromPort: 22,
    ToPort: 22,
    CidrIpv4: "0.0.0.0/0",
  };
  const all6: SecurityGroupRule = {
    SecurityGroupRuleId: "sgr-2",
    GroupId: GROUP,
    IsEgress: false,
    IpProtocol: "-1",
    FromPort: -1,
    ToPort: -1,
    CidrIpv6: "::/0",
  };
  const harmless: SecurityGroupRule[] = [
    { ...ssh, SecurityGroupRuleId: "sgr-3", FromPort: 443, ToPort: 443 },
    { ...ssh, SecurityGroupRuleId: "sgr-4", CidrIpv4: "10.0.0.0/8" },
    { ...ssh, SecurityGroupRuleId: "sgr-5", IsEgress: true },
    { ...ssh, SecurityGroupRuleId: "sgr-6", CidrIpv4: undefined, ReferencedGroupInfo: { GroupId: "sg-1" } },
    { ...ssh, SecurityGroupRuleId: "sgr-7", CidrIpv4: undefined, PrefixListId: "pl-1" },
  ];
  const rules = (...SecurityGroupRules: SecurityGroupRule[]) =>
    ec2.on(DescribeSecurityGroupRulesCommand).resolves({ SecurityGroupRules });

  it("finds a group with harmless rules only compliant", async () => {
    rules(...harmless);
    assert.deepEqual(await remediation.evaluate(context), {
      state: "compliant",
      why: "No inbound rule opens 22, 3389 to the internet.",
      after: { rules: [] },
    });
    assert.deepEqual(ec2.commandCalls(DescribeSecurityGroupRulesCommand)[0]?.args[0].input.Filters, [
      { Name: "group-id", Values: [GROUP] },
    ]);
  });

  it("undoes a fix by authorizing each rule again, also one that is back already", async () => {
    ec2
      .on(AuthorizeSecurityGroupIngressCommand)
      .rejectsOnce(sdkError("InvalidPermission.Duplicate"))
      .resolves({});
    const v6 = { ...ssh, CidrIpv4: undefined, CidrIpv6: "::/0", Description: "all" };
    await remediation.undo?.(context, { rules: [ssh, v6] });
    assert.deepEqual(
      ec2.commandCalls(AuthorizeSecurityGroupIngressCommand).map(({ args }) => args[0].input),
      [
        {
          GroupId: GROUP,
          IpPermissions: [
            {
              IpProtocol: "tcp",
              FromPort: 22,
              ToPort: 22,
              IpRanges: [{ CidrIp: "0.0.0.0/0", Description: undefined }],
            },
          ],
        },
        {
          GroupId: GROUP,
          IpPermissions: [
            {
              IpProtocol: "tcp",
              FromPort: 22,
              ToPort: 22,
              Ipv6Ranges: [{ CidrIpv6: "::/0", Description: "all" }],
            },
          ],
        },
      ],
    );
  });

  it("knows the group's tags, page by page", async () => {
    ec2
      .on(DescribeTagsCommand)
      .resolvesOnce({ Tags: [{ Key: "a", Value: "1" }], NextToken: "more" })
      .resolves({ Tags: [{ Key: "b", Value: "2" }] });
    assert.deepEqual(await remediation.tags?.(context), { a: "1", b: "2" });
  });

  it("finds a group without rules, or gone, compliant", async () => {
    rules();
    assert.equal((await remediation.evaluate(context)).state, "compliant");
  });

  it("finds just the offending rules", async () => {
    rules(ssh, ...harmless, all6);
    assert.deepEqual(await remediation.evaluate(context), {
      state: "violation",
      findings: [
        "Rule sgr-1 opens tcp port 22 to 0.0.0.0/0.",
        "Rule sgr-2 opens all traffic, ports 22 and 3389 included, to ::/0.",
      ],
      before: { rules: [ssh, all6] },
      remedies: ["Revoke rule sgr-1.", "Revoke rule sgr-2."],
    });
  });

  it("reads every page", async () => {
    ec2
      .on(DescribeSecurityGroupRulesCommand)
      .resolvesOnce({ SecurityGroupRules: harmless, NextToken: "more" })
      .resolves({ SecurityGroupRules: [ssh] });
    assert.equal((await remediation.evaluate(context)).state, "violation");
  });

  it("looks for the configured ports", async () => {
    rules({ ...ssh, FromPort: 5432, ToPort: 5432 });
    assert.equal((await remediation.evaluate(context)).state, "compliant");
    assert.equal(
      (await remediation.evaluate({ ...context, parameters: { ports: [5432] } })).state,
      "violation",
    );
  });

  it("throws on what it may not read, instead of calling it compliant", async () => {
    ec2.on(DescribeSecurityGroupRulesCommand).rejects(sdkError("UnauthorizedOperation", "no", 403));
    await assert.rejects(remediation.evaluate(context), { name: "UnauthorizedOperation" });
  });

  it("revokes the offending rules by their ids, in one call", async () => {
    ec2.on(RevokeSecurityGroupIngressCommand).resolves({});
    await remediation.fix(context, {
      state: "violation",
      findings: [],
      before: { rules: [ssh, all6] },
      remedies: ["x"],
    });
    assert.deepEqual(
      ec2.calls().map((call) => call.args[0].input),
      [{ GroupId: GROUP, SecurityGroupRuleIds: ["sgr-1", "sgr-2"] }],
    );
  });
});
