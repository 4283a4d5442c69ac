import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

describe("ec2-security-group-admin-ports-closed: prevention", () => {
  const HOW =
    "Scanners find it within minutes. Name the networks that need it in place of the internet, for example 10.0.0.0/8, or another " +
    "security group, or use Session Manager, which needs no open port.";
  const INLINE = "aws:ec2/securityGroup:SecurityGroup";
  const SINGLE = "aws:ec2/securityGroupRule:SecurityGroupRule";
  const VPC = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  const ssh = { protocol: "tcp", fromPort: 22, toPort: 22 };

  it("accepts harmless groups", () => {
    const ingress = [
      { ...ssh, cidrBlocks: ["10.0.0.0/8"] },
      { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
    ];
    assert.deepEqual(
      reports(prevention, INLINE, { ingress, egress: [{ ...ssh, cidrBlocks: ["0.0.0.0/0"] }] }),
      [],
    );
    assert.deepEqual(reports(prevention, INLINE, {}), []);
    assert.deepEqual(reports(prevention, SINGLE, { ...ssh, type: "egress", cidrBlocks: ["0.0.0.0/0"] }), []);
    assert.deepEqual(
      reports(prevention, VPC, {
        ipProtocol: "tcp",
        fromPort: 22,
        toPort: 22,
        referencedSecurityGroupId: "sg-1",
      }),
      [],
    );
  });

  it("refuses an open port in each of the three spellings", () => {
    assert.deepEqual(
      reports(prevention, INLINE, {
        ingress: [
          { ...ssh, cidrBlocks: ["10.0.0.0/8"] },
          { ...ssh, ipv6CidrBlocks: ["::/0"] },
        ],
      }),
      [`Ingress rule 2 opens tcp port 22 to ::/0. ${HOW}`],
    );
    assert.deepEqual(
      reports(prevention, SINGLE, {
        ...ssh,
        type: "ingress",
        cidrBlocks: ["0.0.0.0/0"],
        ipv6CidrBlocks: ["::/0"],
      }),
      [`The rule opens tcp port 22 to 0.0.0.0/0. ${HOW}`, `The rule opens tcp port 22 to ::/0. ${HOW}`],
    );
    assert.deepEqual(reports(prevention, VPC, { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }), [
      `The rule opens all traffic, ports 22, 23, 2375, 2376, 3389, 5900, 5901, 5985 and 5986 included, to 0.0.0.0/0. ${HOW}`,
    ]);
    assert.equal(
      reports(prevention, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {
        ingress: [{ protocol: -1, fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
      }).length,
      1,
    );
  });

  it("looks for the configured ports", () => {
    const postgres = {
      type: "ingress",
      protocol: "tcp",
      fromPort: 5432,
      toPort: 5432,
      cidrBlocks: ["0.0.0.0/0"],
    };
    assert.deepEqual(reports(prevention, SINGLE, postgres), []);
    assert.equal(reports(prevention, SINGLE, postgres, { ports: [5432] }).length, 1);
  });

  it("judges what a preview knows, and leaves the rest to the SDK", () => {
    const ingress = [
      { ...ssh, cidrBlocks: UNKNOWN },
      { ...ssh, cidrBlocks: ["0.0.0.0/0"] },
    ];
    assert.deepEqual(reports(prevention, INLINE, { ingress }), [
      `Ingress rule 2 opens tcp port 22 to 0.0.0.0/0. ${HOW}`,
      "thrown: string value at .ingress.0.cidrBlocks can't be known during preview",
    ]);
  });

  it("takes a rule without a protocol as all traffic", () => {
    assert.deepEqual(reports(prevention, VPC, { cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 }), [
      `The rule opens all traffic, ports 22, 23, 2375, 2376, 3389, 5900, 5901, 5985 and 5986 included, to 0.0.0.0/0. ${HOW}`,
    ]);
  });

  it("refuses inputs of wrong types", () => {
    assert.deepEqual(reports(prevention, INLINE, { ingress: "open" }), [
      "`ingress` must be a list of rules, but is of type string.",
    ]);
    assert.deepEqual(reports(prevention, INLINE, { ingress: ["open"] }), [
      "Ingress rule 1 must be an object, but is of type string.",
    ]);
    assert.deepEqual(reports(prevention, INLINE, { ingress: [{ ...ssh, cidrBlocks: [7] }] }), [
      "`cidrBlocks` of ingress rule 1 must hold address ranges as text.",
    ]);
  });
});
