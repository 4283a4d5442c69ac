import * as aws from "@pulumi/aws";
import type * as awsxTypes from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import type { CatalogueEntry, PolicyStatement } from "../controls/control";
import { controlName, policyDocument } from "./naming";

export interface PrivateNetworkArgs {
  partition: string;
  organizationId: string;
  /** The hub's region, in which the functions run. */
  region: string;
  /** All governed regions: controls call the services of the region in which a resource is. */
  regions: string[];
  controls: CatalogueEntry[];
  hubBusArn: string;
  ledgerTableArn: string;
  /** Address range of the network, /16 to /24. Nothing but the functions and the endpoints is in it. Default `10.255.0.0/20`. */
  cidrBlock?: string;
  provider: aws.Provider;
}

/** Where functions run. */
export interface FunctionNetwork {
  subnetIds: pulumi.Input<string[]>;
  securityGroupIds: pulumi.Input<string>[];
}

const ZONES = 2;
/** Without charge, by routes instead of network interfaces; in the network's own region only. */
const GATEWAY_SERVICES = ["s3", "dynamodb"];
/** Actions' prefixes that aren't their service's name in endpoints. */
const ENDPOINT_NAMES: Record<string, string> = { kms: "kms", logs: "logs", cloudwatch: "monitoring" };

/**
 * A network for the functions without a way to the internet: isolated subnets, no NAT, and an endpoint for each service that the
 * enabled controls call, with a policy that lets through just these calls, by the organization's principals only. A service that
 * has no endpoint for another region makes the deployment fail, rather than functions wait in vain.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
 */
export class PrivateNetwork extends pulumi.ComponentResource implements FunctionNetwork {
  readonly subnetIds: pulumi.Output<string[]>;
  readonly securityGroupIds: pulumi.Output<string>[];

  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:PrivateNetwork", name, args, opts);
    const { region } = args;
    const options = { parent: this, provider: args.provider };
    // Only stacks that ask for a network wait for it to load.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const awsx = require("@pulumi/awsx") as typeof awsxTypes;
    const network = new awsx.ec2.Vpc(
      `${name}-vpc`,
      {
        cidrBlock: args.cidrBlock ?? "10.255.0.0/20",
        numberOfAvailabilityZones: ZONES,
        natGateways: { strategy: "None" },
        subnetStrategy: "Auto",
        subnetSpecs: [{ type: "Isolated", name: "functions" }],
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: { Name: "bailiwick-functions" },
      },
      // A remote component hands its own children the provider of their package.
      { parent: this, providers: { aws: args.provider } },
    );
    const group = (suffix: string, description: string) =>
      new aws.ec2.SecurityGroup(
        `${name}-${suffix}`,
        { region, name: `bailiwick-${suffix}`, description, vpcId: network.vpcId },
        options,
      );
    const functions = group("functions", "Functions of Bailiwick's controls: to endpoints only");
    const endpoints = group("endpoints", "Endpoints that Bailiwick's functions call");
    const https = { region, ipProtocol: "tcp", fromPort: 443, toPort: 443 };
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-functions-out`,
      // Gateway endpoints have public addresses; there is no route to any other.
      { ...https, securityGroupId: functions.id, cidrIpv4: "0.0.0.0/0" },
      options,
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoints-in`,
      { ...https, securityGroupId: endpoints.id, referencedSecurityGroupId: functions.id },
      options,
    );
    const routeTableIds = network.routeTables.apply((tables) => tables.map(({ id }) => id));
    for (const { service, serviceRegion, statements } of endpointsFor(args)) {
      const gateway = serviceRegion === region && GATEWAY_SERVICES.includes(service);
      new aws.ec2.VpcEndpoint(
        `${name}-${service}-${serviceRegion}`,
        {
          region,
          vpcId: network.vpcId,
          serviceName: `${endpointPrefix(args.partition)}.${serviceRegion}.${service}`,
          policy: policyDocument(statements),
          ...(serviceRegion === region ? {} : { serviceRegion }),
          ...(gateway
            ? {
                vpcEndpointType: "Gateway",
                routeTableIds: pulumi.output(routeTableIds).apply((ids) => pulumi.all(ids)),
              }
            : {
                vpcEndpointType: "Interface",
                subnetIds: network.isolatedSubnetIds,
                securityGroupIds: [endpoints.id],
                privateDnsEnabled: true,
              }),
        },
        options,
      );
    }
    this.subnetIds = network.isolatedSubnetIds;
    this.securityGroupIds = [functions.id];
    this.registerOutputs({ subnetIds: this.subnetIds });
  }
}

interface Endpoint {
  service: string;
  serviceRegion: string;
  statements: PolicyStatement[];
}

/** The services that are called, where, and what each endpoint lets through. */
export function endpointsFor(args: PrivateNetworkArgs): Endpoint[] {
  const { partition, organizationId, region, regions, controls } = args;
  const ours = { StringEquals: { "aws:PrincipalOrgID": organizationId } };
  const let_ = (Action: string[], Resource: string | string[]): PolicyStatement[] => [
    { Effect: "Allow", Principal: "*", Action, Resource, Condition: ours } as PolicyStatement,
  ];
  const actions = new Map<string, Set<string>>();
  for (const control of controls) {
    const scope = { partition, account: "*", region: "*", id: "*" };
    for (const { Action } of [...control.permissions(scope), ...(control.undoPermissions?.(scope) ?? [])])
      for (const action of [Action].flat()) {
        const prefix = action.split(":")[0] ?? "";
        const service = ENDPOINT_NAMES[prefix] ?? prefix;
        actions.set(service, (actions.get(service) ?? new Set()).add(action));
      }
  }
  const members = [...actions].flatMap(([service, names]) =>
    regions.map((serviceRegion) => ({ service, serviceRegion, statements: let_([...names].sort(), "*") })),
  );
  const roles = controls.map(({ id }) => `arn:${partition}:iam::*:role/${controlName(id)}`);
  const hub: Endpoint[] = [
    { service: "sts", serviceRegion: region, statements: let_(["sts:AssumeRole", "sts:TagSession"], roles) },
    { service: "events", serviceRegion: region, statements: let_(["events:PutEvents"], args.hubBusArn) },
    {
      service: "sqs",
      serviceRegion: region,
      statements: let_(
        ["sqs:ChangeMessageVisibility"],
        controls.map(({ id }) => `arn:${partition}:sqs:${region}:*:${controlName(id)}`),
      ),
    },
    {
      service: "dynamodb",
      serviceRegion: region,
      statements: let_(
        ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
        args.ledgerTableArn,
      ),
    },
  ];
  // A control may call what the hub calls, too.
  return [...hub, ...members].reduce<Endpoint[]>((merged, endpoint) => {
    const same = merged.find(
      ({ service, serviceRegion }) =>
        service === endpoint.service && serviceRegion === endpoint.serviceRegion,
    );
    if (same) same.statements.push(...endpoint.statements);
    else merged.push({ ...endpoint, statements: [...endpoint.statements] });
    return merged;
  }, []);
}

/** https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html */
const endpointPrefix = (partition: string) => (partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws");
