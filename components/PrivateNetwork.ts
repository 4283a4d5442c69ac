import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { DistantEndpoints } from "./DistantEndpoints";
import { endpointsFor, type Endpoint, type EndpointsArgs } from "./lib/endpoints";
import {
  distantRanges,
  FUNCTIONS_RANGE,
  isolatedNetwork,
  type IsolatedNetwork,
} from "./lib/isolated-network";
import type { FunctionNetwork } from "./lib/lambda-function";
import { policyText } from "./lib/policy-documents";

interface PrivateNetworkArgs extends EndpointsArgs {
  /** The provider of the account in which the functions run, in a region. */
  providerIn: (region: string) => aws.Provider;
}

/**
 * A network for the functions without a route to the internet: isolated subnets, no NAT, and an endpoint for each service that the
 * enabled controls call, whose policy allows only these calls, and only by the organization's principals. Services that accept calls only
 * from their own region have their endpoints in a network there, which is peered with this one.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
 */
export class PrivateNetwork extends pulumi.ComponentResource implements FunctionNetwork {
  readonly subnetIds: pulumi.Output<string[]>;
  readonly securityGroupIds: pulumi.Output<string>[];

  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:PrivateNetwork", name, {}, opts);
    const { region } = args;
    const options = { parent: this, provider: args.providerIn(region) };
    const network = isolatedNetwork(`${name}-vpc`, FUNCTIONS_RANGE, options);
    // EC2 accepts hardly any other characters than letters and digits in a description.
    const securityGroup = (suffix: string, description: string) =>
      new aws.ec2.SecurityGroup(
        `${name}-${suffix}`,
        { region, name: `bailiwick-${suffix}`, description, vpcId: network.vpcId },
        options,
      );
    const functions = securityGroup("functions", "Functions of Bailiwick: to endpoints only");
    const endpoints = securityGroup("endpoints", "Endpoints that functions of Bailiwick call");
    const https = { region, ipProtocol: "tcp", fromPort: 443, toPort: 443 };
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-functions-out`,
      // Gateway endpoints have public addresses. There is no route to any other public address.
      { ...https, securityGroupId: functions.id, cidrIpv4: "0.0.0.0/0" },
      options,
    );
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-endpoints-in`,
      { ...https, securityGroupId: endpoints.id, referencedSecurityGroupId: functions.id },
      options,
    );
    const required = endpointsFor(args);
    for (const endpoint of required)
      if (endpoint.access !== "distant")
        new aws.ec2.VpcEndpoint(
          `${name}-${endpoint.service}-${endpoint.serviceRegion}`,
          {
            region,
            vpcId: network.vpcId,
            serviceName: endpoint.serviceName,
            policy: policyText(endpoint.statements),
            ...(endpoint.serviceRegion === region ? {} : { serviceRegion: endpoint.serviceRegion }),
            ...(endpoint.access === "gateway"
              ? { vpcEndpointType: "Gateway", routeTableIds: network.routeTableIds }
              : {
                  vpcEndpointType: "Interface",
                  subnetIds: network.subnetIds,
                  securityGroupIds: [endpoints.id],
                  privateDnsEnabled: true,
                }),
          },
          options,
        );
    this.addDistantEndpoints(name, network, required, args);
    this.subnetIds = network.subnetIds;
    this.securityGroupIds = [functions.id];
    this.registerOutputs({ subnetIds: this.subnetIds });
  }

  private addDistantEndpoints(
    name: string,
    network: IsolatedNetwork,
    required: readonly Endpoint[],
    args: PrivateNetworkArgs,
  ): void {
    const distant = required.filter(({ access }) => access === "distant");
    const regions = [...new Set(distant.map(({ serviceRegion }) => serviceRegion))];
    for (const [region, cidrBlock] of distantRanges(regions))
      new DistantEndpoints(
        `${name}-${region}`,
        {
          partition: args.partition,
          region,
          endpoints: distant.filter(({ serviceRegion }) => serviceRegion === region),
          cidrBlock,
          from: {
            region: args.region,
            vpcId: network.vpcId,
            cidrBlock: FUNCTIONS_RANGE,
            routeTableIds: network.routeTableIds,
          },
          provider: args.providerIn(region),
        },
        { parent: this },
      );
  }
}
