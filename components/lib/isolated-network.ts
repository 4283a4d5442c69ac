/** Networks without a route to the internet, and their address ranges. */
import { createHash } from "node:crypto";
import type * as aws from "@pulumi/aws";
import type * as awsxTypes from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";

export interface IsolatedNetwork {
  vpcId: pulumi.Output<string>;
  subnetIds: pulumi.Output<string[]>;
  /** One per zone. */
  routeTableIds: pulumi.Output<string>[];
}

const ZONES = 2;

/** @param provider of the network's account, in its region */
export function isolatedNetwork(
  name: string,
  cidrBlock: string,
  { parent, provider }: { parent: pulumi.Resource; provider: aws.Provider },
): IsolatedNetwork {
  // It takes long to load: only stacks that have a network load it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const awsx = require("@pulumi/awsx") as typeof awsxTypes;
  const vpc = new awsx.ec2.Vpc(
    name,
    {
      cidrBlock,
      numberOfAvailabilityZones: ZONES,
      natGateways: { strategy: "None" },
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Isolated", name: "functions" }],
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: "bailiwick-functions" },
    },
    // A remote component passes its children the provider of their package.
    { parent, providers: { aws: provider } },
  );
  const routeTableId = (zone: number) =>
    pulumi.output(vpc.routeTables).apply((tables) => {
      const table = tables[zone];
      if (table === undefined)
        throw new Error(`The network ${name} has no route table for zone ${zone + 1}.`);
      return table.id;
    });
  return {
    vpcId: vpc.vpcId,
    subnetIds: vpc.isolatedSubnetIds,
    routeTableIds: Array.from({ length: ZONES }, (_, zone) => routeTableId(zone)),
  };
}

/** Address range of the network in which functions run. */
export const FUNCTIONS_RANGE = "10.255.0.0/20";

/** 10.128.0.0/24 to 10.254.255.0/24. */
const DISTANT_RANGES = 127 * 256;

/**
 * Address ranges for the networks in other regions, by region. Peered networks must not overlap. A region keeps its range when other
 * regions come and go, except in the rare case that two regions' hashes select the same range.
 */
export function distantRanges(regions: readonly string[]): Map<string, string> {
  const taken = new Set<number>();
  return new Map(
    regions.map((region) => {
      let range = createHash("sha256").update(region).digest().readUInt32BE() % DISTANT_RANGES;
      while (taken.has(range)) range = (range + 1) % DISTANT_RANGES;
      taken.add(range);
      return [region, `10.${128 + Math.floor(range / 256)}.${range % 256}.0/24`];
    }),
  );
}
