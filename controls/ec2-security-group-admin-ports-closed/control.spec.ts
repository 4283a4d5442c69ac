/** Long because parameters, rules, groups and prefix lists share their cases of rules. */
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeManagedPrefixListsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeTagsCommand,
  EC2Client,
  GetManagedPrefixListAssociationsCommand,
  GetManagedPrefixListEntriesCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import * as v from "valibot";
import { CREDENTIALS, eventsOf, reference, sdkError } from "../lib/testing";
import { control, parameters } from "./control";
import { remediation } from "./remediate";
import { opening, openings } from "./rule";

const GROUP = "sg-0b7c1f3a9d2e48561";
const LIST = "pl-0a1b2c3d4e5f60718";
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
      if (!name.startsWith("matching") || name === "matching-prefix-list") continue;
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

  it("finds the prefix list that a call changed", () => {
    assert.deepEqual(
      control.resource(eventsOf(control.id).get("matching-prefix-list")!),
      reference("AWS::EC2::PrefixList", LIST, `arn:aws:ec2:eu-west-1:210987654321:prefix-list/${LIST}`),
    );
  });

  it("does not look into the answer when the call itself names something else", () => {
    const event = structuredClone(eventsOf(control.id).get("matching-flat")!);
    event.detail["requestParameters"] = { groupId: "sg-*" };
    assert.equal(control.resource(event), undefined);
  });
});

describe("ec2-security-group-admin-ports-closed: parameters", () => {
  it("default to the ports of remote administration, Windows Remote Management among them", () =>
    assert.deepEqual(v.parse(parameters, {}), {
      ports: [22, 23, 2375, 2376, 3389, 5900, 5901, 5985, 5986],
    }));

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

describe("ec2-security-group-admin-ports-closed: rules together", () => {
  const ssh = (cidr: string, rest: object = {}) => ({
    protocol: "tcp",
    fromPort: 22,
    toPort: 22,
    cidr,
    ...rest,
  });
  /** The internet in parts, each of which passes by itself. */
  const parts = Array.from({ length: 256 }, (_, first) => ssh(`${first}.0.0.0/8`));

  it("open the internet in parts, each of them narrow", () => {
    const found = openings(parts, PORTS);

    assert.equal(found[1], "opens tcp port 22 to 1.0.0.0/8, one of 255 ranges that add up to a /1");
    // One may stay, as it may alone; 10.0.0.0/8 is private.
    assert.deepEqual([found[10], found.filter((what) => what === undefined).length], [undefined, 2]);
  });

  it("are judged from the size of a /7 on, as one range is", () => {
    assert.deepEqual(openings([ssh("54.0.0.0/8"), ssh("3.0.0.0/9"), ssh("3.128.0.0/9")], PORTS), [
      "opens tcp port 22 to 54.0.0.0/8, one of 3 ranges that add up to a /7",
      undefined,
      undefined,
    ]);
    assert.deepEqual(openings([ssh("54.0.0.0/8"), ssh("203.0.113.0/24")], PORTS), [undefined, undefined]);
  });

  it("count an address once, however many rules have it", () => {
    const same = [ssh("54.0.0.0/8"), ssh("54.0.0.0/8"), ssh("54.1.0.0/16"), ssh("54.128.0.0/9")];
    assert.deepEqual(openings(same, PORTS), [undefined, undefined, undefined, undefined]);
  });

  it("leave the narrow ones, such as an office, to be revoked by nobody", () => {
    const found = openings([ssh("203.0.113.0/24"), ...parts.slice(50, 60)], PORTS);
    assert.deepEqual([found[0], found.filter((what) => what === undefined).length], [undefined, 2]);
  });

  it("add up by port and protocol: all traffic counts for both", () => {
    const at = (index: number, rest: object) => ({ ...parts[index]!, ...rest });
    assert.deepEqual(openings([at(50, {}), at(51, { fromPort: 3389, toPort: 3389 })], PORTS), [
      undefined,
      undefined,
    ]);
    assert.deepEqual(openings([at(50, {}), at(51, { protocol: "udp" })], PORTS), [undefined, undefined]);
    assert.deepEqual(openings([at(50, {}), at(51, { protocol: "-1" })], PORTS), [
      "opens tcp port 22 to 50.0.0.0/8, one of 2 ranges that add up to a /7",
      undefined,
    ]);
  });

  it("open IPv6 in parts as well", () => {
    assert.deepEqual(openings([ssh("2600:1f00::/32"), ssh("2600:1f01::/32")], PORTS), [
      "opens tcp port 22 to 2600:1f00::/32, one of 2 ranges that add up to a /31",
      undefined,
    ]);
  });

  it("are judged at once, as many as a group may have", () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      ssh(`${(index >> 2) + 1}.${(index & 3) * 64}.0.0/10`),
    );
    const started = performance.now();
    openings(many, v.parse(parameters, {}).ports);
    assert(performance.now() - started < 2000);
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
      remedies: [
        "Revoke rule sgr-1 (tcp port 22 from 0.0.0.0/0).",
        "Revoke rule sgr-2 (all traffic from ::/0).",
      ],
    });
  });

  const listed: SecurityGroupRule = { ...ssh, CidrIpv4: undefined, PrefixListId: LIST };
  const entries = (...cidrs: string[]) =>
    ec2
      .on(GetManagedPrefixListEntriesCommand, { PrefixListId: LIST })
      .resolvesOnce({ Entries: cidrs.slice(0, 1).map((Cidr) => ({ Cidr })), NextToken: "more" })
      .resolves({ Entries: cidrs.slice(1).map((Cidr) => ({ Cidr })) });

  it("looks into prefix lists, page by page", async () => {
    rules(listed);
    entries("203.0.113.0/24", "0.0.0.0/0", "::/0");
    assert.deepEqual(await remediation.evaluate(context), {
      state: "violation",
      findings: [`Rule sgr-1 opens tcp port 22 to 0.0.0.0/0 and 1 more in the prefix list ${LIST}.`],
      before: { rules: [listed] },
      remedies: [`Revoke rule sgr-1 (tcp port 22 from prefix list ${LIST}).`],
    });
  });

  it("adds up the parts of the internet, in rules and in prefix lists", async () => {
    rules({ ...ssh, SecurityGroupRuleId: "sgr-9", CidrIpv4: "54.0.0.0/8" }, listed);
    entries("3.0.0.0/8", "52.0.0.0/8");
    const found = await remediation.evaluate(context);
    assert.deepEqual(found.state === "violation" && found.findings, [
      `Rule sgr-9 opens tcp port 22 to 54.0.0.0/8, one of 3 ranges that add up to a /7.`,
      `Rule sgr-1 opens tcp port 22 to 3.0.0.0/8, one of 3 ranges that add up to a /7 in the prefix list ${LIST}.`,
    ]);
  });

  it("reports a rule whose prefix list can't be read, instead of calling it compliant", async () => {
    rules(listed);
    ec2.on(GetManagedPrefixListEntriesCommand).rejects(sdkError("InvalidPrefixListID.NotFound"));
    assert.deepEqual(await remediation.evaluate(context), {
      state: "violation",
      findings: [
        `Rule sgr-1 (tcp port 22 from prefix list ${LIST}) can't be judged, because its prefix list can't be read.`,
      ],
      before: { rules: [] },
      remedies: [],
    });
    ec2.on(GetManagedPrefixListEntriesCommand).rejects(sdkError("UnauthorizedOperation", "no", 403));
    await assert.rejects(remediation.evaluate(context), { name: "UnauthorizedOperation" });
  });

  describe("of a prefix list", () => {
    const changed = {
      ...context,
      resource: reference(
        "AWS::EC2::PrefixList",
        LIST,
        `arn:aws:ec2:eu-west-1:210987654321:prefix-list/${LIST}`,
      ),
    };
    const list = (State?: "modify-complete" | "modify-in-progress" | "delete-complete") =>
      ec2
        .on(DescribeManagedPrefixListsCommand)
        .resolves({ PrefixLists: State ? [{ PrefixListId: LIST, State }] : [] });
    beforeEach(() => {
      ec2.on(GetManagedPrefixListAssociationsCommand).resolves({
        PrefixListAssociations: [
          { ResourceId: GROUP, ResourceOwner: "210987654321" },
          { ResourceId: "sg-11111111", ResourceOwner: "109876543210" },
          { ResourceId: "rtb-11111111", ResourceOwner: "210987654321" },
        ],
      });
    });

    it("reports the rules that open a port through it", async () => {
      list("modify-complete");
      rules(listed, ssh);
      entries("0.0.0.0/0");
      assert.deepEqual(await remediation.evaluate(changed), {
        state: "violation",
        findings: [`Rule sgr-1 of ${GROUP} opens tcp port 22 to 0.0.0.0/0 in the prefix list ${LIST}.`],
        before: { rules: [] },
        remedies: [],
      });
    });

    it("finds one compliant that opens nothing", async () => {
      list("modify-complete");
      rules(listed, ssh);
      entries("203.0.113.0/24");
      assert.deepEqual(await remediation.evaluate(changed), {
        state: "compliant",
        why: "No security group opens 22, 3389 to the internet through the prefix list.",
        after: { rules: [] },
      });
    });

    it("is looked at again while it is being changed, and is absent once it is deleted", async () => {
      list("modify-in-progress");
      assert.deepEqual(await remediation.evaluate(changed), {
        state: "changing",
        what: `The prefix list ${LIST} is being changed (modify-in-progress).`,
      });
      for (const state of ["delete-complete", undefined] as const) {
        list(state);
        assert.deepEqual(await remediation.evaluate(changed), { state: "absent" });
      }
    });
  });

  it("restores a rule with a prefix list", async () => {
    ec2.on(AuthorizeSecurityGroupIngressCommand).resolves({});
    await remediation.undo?.(context, { rules: [listed] });
    assert.deepEqual(
      ec2.commandCalls(AuthorizeSecurityGroupIngressCommand)[0]?.args[0].input.IpPermissions?.[0]
        ?.PrefixListIds,
      [{ PrefixListId: LIST, Description: undefined }],
    );
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
