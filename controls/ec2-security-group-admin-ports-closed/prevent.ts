/** Refuses security group rules that open administration ports to the internet in a Pulumi program. */
import * as v from "valibot";
import type { ResourceValidationArgs } from "@pulumi/policy";
import { eachKnown, isInputs, kindOf, preventionOf, type Inputs } from "../lib/prevention";
import { control, parameters, type AdminPorts } from "./control";
import { opening, openings, type IngressRule } from "./rule";

type Report = (message: string) => void;

const HOW =
  "Scanners find it within minutes. Name the networks that need it in place of the internet, for example 10.0.0.0/8, or another " +
  "security group, or use Session Manager, which needs no open port.";

export const prevention = preventionOf(
  control,
  {
    "aws:ec2/securityGroup:SecurityGroup": judgeGroup,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": judgeGroup,
    "aws:ec2/securityGroupRule:SecurityGroupRule": (inputs, report, args) => {
      if (inputs["type"] !== "egress") judgeRule("The rule", inputs, report, portsOf(args));
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (inputs, report, args) => {
      judgeRule("The rule", inputs, report, portsOf(args));
    },
  },
  {
    configSchema: {
      properties: {
        ports: { type: "array", items: { type: "integer" }, default: v.parse(parameters, {}).ports },
      },
    },
  },
);

function portsOf(args: ResourceValidationArgs): number[] {
  const { ports } = args.getConfig<Partial<AdminPorts>>();
  return v.parse(parameters, { ports }).ports;
}

function judgeGroup(inputs: Inputs, report: Report, args: ResourceValidationArgs): void {
  const ingress = inputs["ingress"];
  if (ingress === undefined || ingress === null) return;
  if (!Array.isArray(ingress))
    return report(`\`ingress\` must be a list of rules, but is ${kindOf(ingress)}.`);
  const ports = portsOf(args);
  const narrow: IngressRule[] = [];
  eachKnown(ingress.keys(), (index) => {
    const rule = (ingress as unknown[])[index];
    if (isInputs(rule)) narrow.push(...judgeRule(`Ingress rule ${index + 1}`, rule, report, ports));
    else report(`Ingress rule ${index + 1} must be an object, but is ${kindOf(rule)}.`);
  });
  const parts = openings(narrow, ports).find((what) => what !== undefined);
  if (parts !== undefined) report(`The security group ${parts}. ${HOW}`);
}

/** Judges a rule in any of the three spellings. Known sources are judged even if others are unknown. @returns those that are narrow */
function judgeRule(name: string, rule: Inputs, report: Report, ports: readonly number[]): IngressRule[] {
  const narrow: IngressRule[] = [];
  const sources = [
    () => list(name, "cidrBlocks", rule, report),
    () => list(name, "ipv6CidrBlocks", rule, report),
    () => list(name, "cidrIpv4", rule, report),
    () => list(name, "cidrIpv6", rule, report),
  ];
  eachKnown(sources, (read) => {
    for (const cidr of read()) {
      const ingress = { ...protocolAndPorts(rule), cidr };
      const what = opening(ingress, ports);
      if (what === undefined) narrow.push(ingress);
      else report(`${name} ${what}. ${HOW}`);
    }
  });
  return narrow;
}

function protocolAndPorts(rule: Inputs): Omit<IngressRule, "cidr"> {
  const protocol = rule["protocol"] ?? rule["ipProtocol"];
  // Without a readable protocol the rule is taken as all traffic: what can't be evaluated is not compliant.
  const name = typeof protocol === "string" || typeof protocol === "number" ? String(protocol) : "-1";
  const fromPort = portNumber(rule["fromPort"]);
  const toPort = portNumber(rule["toPort"]);
  return {
    protocol: name,
    ...(fromPort === undefined ? {} : { fromPort }),
    ...(toPort === undefined ? {} : { toPort }),
  };
}

function portNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) ? number : undefined;
}

function list(name: string, property: string, rule: Inputs, report: Report): string[] {
  const value = rule[property];
  if (value === undefined || value === null) return [];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.filter((item): item is string => typeof item === "string");
  if (texts.length < values.length)
    report(`\`${property}\` of ${name.toLowerCase()} must hold address ranges as text.`);
  return texts;
}
