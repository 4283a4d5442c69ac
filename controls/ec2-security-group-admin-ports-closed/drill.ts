/** Opens an administration port of one security group to the internet, and of another to a private network. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteVpcCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll } from "../lib/drill/steps";
import type { AdminPorts } from "./control";
import { GROUP } from "./group";

interface Groups {
  /** Set when the account had no default VPC and one was made. */
  ownVpc?: string;
  open: string;
  inside: string;
}

type Context = DrillContext<AdminPorts>;

const ANYWHERE = "0.0.0.0/0";
const INSIDE = "10.0.0.0/8";
/** The port of a website, which must stay open. */
const HTTPS = 443;
const GONE = ["InvalidGroup.NotFound", "InvalidVpcID.NotFound"];

export const drill: Drill<AdminPorts, Groups> = {
  prepare: (context) =>
    allOrNothing(async (undo) => {
      const client = new EC2Client(context.aws);
      const { Vpcs: vpcs } = await client.send(
        new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
      );
      let vpc = vpcs?.[0]?.VpcId;
      const groups: Partial<Groups> = {};
      if (vpc === undefined) {
        vpc = (await client.send(new CreateVpcCommand({ CidrBlock: "10.255.0.0/24" }))).Vpc?.VpcId;
        groups.ownVpc = vpc;
        undo(() => client.send(new DeleteVpcCommand({ VpcId: groups.ownVpc })));
      }
      for (const role of ["open", "inside"] as const) {
        const description = `Bailiwick drill ${context.name}`;
        const name = `${context.name}-${role}`;
        const request = new CreateSecurityGroupCommand({
          GroupName: name,
          Description: description,
          VpcId: vpc,
        });
        groups[role] = (await client.send(request)).GroupId;
        undo(() => client.send(new DeleteSecurityGroupCommand({ GroupId: groups[role] })));
      }
      await open(context, groups.open, HTTPS, ANYWHERE);
      return groups as Groups;
    }),

  async offend(context, groups) {
    await open(context, groups.open, adminPort(context), ANYWHERE);
  },

  async check(context, groups) {
    const rules = await ruleList(context, groups.open);
    const expected = [ruleText(HTTPS, ANYWHERE)];
    if (rules.join() === expected.join()) return { good: true };
    return {
      good: false,
      still: `${groups.open} allows ${rules.join(", ") || "nothing"} instead of ${expected.join(", ")}.`,
    };
  },

  async benign(context, groups) {
    await open(context, groups.inside, adminPort(context), INSIDE);
  },

  async checkBenign(context, groups) {
    const rules = await ruleList(context, groups.inside);
    const expected = [ruleText(adminPort(context), INSIDE)];
    if (rules.join() === expected.join()) return { good: true };
    return {
      good: false,
      still: `${groups.inside} allows ${rules.join(", ") || "nothing"} instead of ${expected.join(", ")}.`,
    };
  },

  async cleanUp({ aws }, groups) {
    const client = new EC2Client(aws);
    const steps = [groups.open, groups.inside].map(
      (id) => () => client.send(new DeleteSecurityGroupCommand({ GroupId: id })),
    );
    if (groups.ownVpc !== undefined)
      steps.push(() => client.send(new DeleteVpcCommand({ VpcId: groups.ownVpc })));
    await runAll(steps, GONE);
  },

  resources: (context, groups) => ({
    offended: arnOf(context, groups.open),
    benign: arnOf(context, groups.inside),
  }),
};

/** The first port of the stack's parameters, SSH by default. */
function adminPort({ parameters }: Context): number {
  return parameters.ports[0] ?? 22;
}

async function open({ aws }: Context, group: string | undefined, port: number, cidr: string): Promise<void> {
  const IpPermissions = [{ IpProtocol: "tcp", FromPort: port, ToPort: port, IpRanges: [{ CidrIp: cidr }] }];
  await new EC2Client(aws).send(new AuthorizeSecurityGroupIngressCommand({ GroupId: group, IpPermissions }));
}

async function ruleList({ aws }: Context, group: string): Promise<string[]> {
  const request = new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [group] }] });
  const { SecurityGroupRules: rules } = await new EC2Client(aws).send(request);
  return (rules ?? [])
    .filter(({ IsEgress: egress }) => !egress)
    .map(({ FromPort: port, CidrIpv4: cidr }) => ruleText(port ?? -1, cidr ?? "?"))
    .sort();
}

function ruleText(port: number, cidr: string): string {
  return `${port} from ${cidr}`;
}

function arnOf({ account, aws: { region } }: Context, id: string): string {
  return GROUP.arn({ partition: partitionOf(region), account, region, id });
}
