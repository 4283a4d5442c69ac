import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Endpoint } from "./lib/endpoints";
import { isolatedNetwork } from "./lib/isolated-network";
import { policyDocument } from "./lib/policy-documents";

export interface DistantEndpointsArgs {
  partition: string;
  /** The services' region. */
  region: string;
  /** To services of that region. */
  endpoints: Endpoint[];
  /** Address range of the network that is made there. */
  cidrBlock: string;
  /** The network from which they are called. */
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
 * Endpoints to services that let themselves be called from their own region only: an isolated network there holds them, joined with the
 * network that calls them, in which the services' names lead to them.
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
      // A group of another region can't be named.
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
          policy: policyDocument(statements),
          vpcEndpointType: "Interface",
          subnetIds: network.subnetIds,
          securityGroupIds: [group.id],
          // That would be the name in this network; it is needed in the other.
          privateDnsEnabled: false,
        },
        options,
      );
      this.nameIt(`${name}-${service}`, hostName(args.partition, service, region), endpoint, args);
    }
    this.join(name, network, args);
    this.registerOutputs({});
  }

  /** The service's own name leads, in the network that calls, to the endpoint. */
  private nameIt(
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
        comment: "Leads functions of Bailiwick to an endpoint",
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
            name: entry.apply((found) => found?.dnsName ?? ""),
            zoneId: entry.apply((found) => found?.hostedZoneId ?? ""),
            evaluateTargetHealth: false,
          },
        ],
      },
      options,
    );
  }

  /** Routes both ways. https://docs.aws.amazon.com/vpc/latest/peering/create-vpc-peering-connection.html */
  private join(
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
    const route = (
      at: string,
      where: string,
      tables: pulumi.Input<string>[],
      destinationCidrBlock: string,
    ): void =>
      tables.forEach((routeTableId, zone) => {
        new aws.ec2.Route(
          `${name}-${at}-${zone + 1}`,
          { region: where, routeTableId, destinationCidrBlock, vpcPeeringConnectionId: peering.id },
          // There is no route over a connection that nobody has accepted yet.
          { ...options, dependsOn: [accepter] },
        );
      });
    route("there", from.region, from.routeTableIds, args.cidrBlock);
    route("back", region, network.routeTableIds, from.cidrBlock);
  }
}

const hostName = (partition: string, service: string, region: string) =>
  `${service}.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`;
