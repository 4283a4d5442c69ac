import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "./lib/endpoints";
import { isolatedNetwork } from "./lib/isolated-network";
import { policyText } from "./lib/policy-documents";

interface DistantEndpointsArgs {
  partition: string;
  /** The services' region. */
  region: string;
  /** The endpoints, all to services of that region. */
  endpoints: Endpoint[];
  /** Address range of the network that is created in that region. */
  cidrBlock: string;
  /** The network from which the services are called. */
  from: {
    region: string;
    vpcId: pulumi.Input<string>;
    cidrBlock: string;
    routeTableIds: pulumi.Input<string>[];
  };
  /** Of the same account, in the services' region. */
  provider: aws.Provider;
}

/**
 * Endpoints to services that accept calls only from their own region. They are in an isolated network there, which is peered with the
 * network of the callers, where the services' names resolve to them.
 */
export class DistantEndpoints extends pulumi.ComponentResource {
  constructor(name: string, args: DistantEndpointsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:DistantEndpoints", name, {}, opts);
    const { region, from, provider } = args;
    const options = { parent: this, provider };
    const network = isolatedNetwork(`${name}-vpc`, args.cidrBlock, options);
    const group = new aws.ec2.SecurityGroup(
      `${name}-endpoints`,
      {
        region,
        name: "bailiwick-endpoints",
        description: "Endpoints that functions of Bailiwick call from another region",
        vpcId: network.vpcId,
      },
      options,
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoints-in`,
      // A rule can't reference a group of another region.
      {
        region,
        securityGroupId: group.id,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv4: from.cidrBlock,
      },
      options,
    );
    for (const { service, serviceName, statements } of args.endpoints) {
      const endpoint = new aws.ec2.VpcEndpoint(
        `${name}-${service}`,
        {
          region,
          vpcId: network.vpcId,
          serviceName,
          policy: policyText(statements),
          vpcEndpointType: "Interface",
          subnetIds: network.subnetIds,
          securityGroupIds: [group.id],
          // It would apply to this network, and the callers are in the other.
          privateDnsEnabled: false,
        },
        options,
      );
      this.addServiceName(`${name}-${service}`, hostName(args.partition, service, region), endpoint, args);
    }
    this.peer(name, network, args);
    this.registerOutputs({});
  }

  /** Lets the service's own name resolve to the endpoint in the callers' network. */
  private addServiceName(
    name: string,
    host: string,
    endpoint: aws.ec2.VpcEndpoint,
    args: DistantEndpointsArgs,
  ): void {
    const { from, provider } = args;
    const options = { parent: this, provider };
    const zone = new aws.route53.Zone(
      `${name}-zone`,
      {
        name: host,
        comment: "Resolves to an endpoint for functions of Bailiwick",
        vpcs: [{ vpcId: from.vpcId, vpcRegion: from.region }],
      },
      options,
    );
    const entry = endpoint.dnsEntries.apply(([first]) => first);
    new aws.route53.Record(
      `${name}-record`,
      {
        zoneId: zone.zoneId,
        name: host,
        type: "A",
        aliases: [
          {
            name: entry.apply((dns) => dns?.dnsName ?? ""),
            zoneId: entry.apply((dns) => dns?.hostedZoneId ?? ""),
            evaluateTargetHealth: false,
          },
        ],
      },
      options,
    );
  }

  /** Peers the two networks, with routes in both directions. https://docs.aws.amazon.com/vpc/latest/peering/create-vpc-peering-connection.html */
  private peer(
    name: string,
    network: { vpcId: pulumi.Input<string>; routeTableIds: pulumi.Input<string>[] },
    args: DistantEndpointsArgs,
  ): void {
    const { region, from, provider } = args;
    const options = { parent: this, provider };
    const peering = new aws.ec2.VpcPeeringConnection(
      `${name}-peering`,
      {
        region: from.region,
        vpcId: from.vpcId,
        peerVpcId: network.vpcId,
        peerRegion: region,
        tags: { Name: `bailiwick-functions-${region}` },
      },
      options,
    );
    const accepter = new aws.ec2.VpcPeeringConnectionAccepter(
      `${name}-peering-accepter`,
      { region, vpcPeeringConnectionId: peering.id, autoAccept: true },
      options,
    );
    const addRoutes = (
      direction: "there" | "back",
      tableRegion: string,
      tables: pulumi.Input<string>[],
      destinationCidrBlock: string,
    ): void =>
      tables.forEach((routeTableId, zone) => {
        new aws.ec2.Route(
          `${name}-${direction}-${zone + 1}`,
          { region: tableRegion, routeTableId, destinationCidrBlock, vpcPeeringConnectionId: peering.id },
          // EC2 refuses a route over a connection that isn't accepted yet.
          { ...options, dependsOn: [accepter] },
        );
      });
    addRoutes("there", from.region, from.routeTableIds, args.cidrBlock);
    addRoutes("back", region, network.routeTableIds, from.cidrBlock);
  }
}

const hostName = (partition: string, service: string, region: string) =>
  `${service}.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`;
