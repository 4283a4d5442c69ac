import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import { controls } from "../controls";
import { registrations } from "../tests/support/registrations";
import { PrivateNetwork } from "./PrivateNetwork";

const hubBusArn = "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick";
const ledgerTableArn = "arn:aws:dynamodb:eu-west-1:222222222222:table/bailiwick-ledger";

/** The remote component's outputs. */
const outputs = {
  "awsx:ec2:Vpc": {
    vpcId: "vpc-1",
    isolatedSubnetIds: ["subnet-a", "subnet-b"],
    routeTables: [{ id: "rtb-a" }, { id: "rtb-b" }],
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { dnsEntries: [{ dnsName: "vpce-1.example", hostedZoneId: "Z1" }] },
};
let network: PrivateNetwork | undefined;
const make = (region = "eu-west-1", regions = ["eu-west-1", "eu-central-1", "us-east-1"]) =>
  registrations(
    () => {
      const providers = new Map(regions.map((each) => [each, provider(each)]));
      network = new PrivateNetwork("network", {
        partition: "aws",
        organizationId: "o-a1b2c3d4e5",
        region,
        regions,
        controls: controls.filter((control) => !("describe" in control)),
        hubBusArn,
        ledgerTableArn,
        providerIn: (each) => providers.get(each) ?? provider(each),
      });
    },
    { outputs },
  );
const provider = (region: string) => new aws.Provider(`security-${region}`, { region: region as aws.Region });
const VPC = "awsx:ec2:Vpc";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

describe("PrivateNetwork", () => {
  it("has only isolated subnets, and no NAT, in the hub's region and in others", async () => {
    const networks = (await make()).of(VPC);

    assert.equal(networks.length, 3);
    for (const { inputs } of networks) {
      assert.deepEqual(inputs["natGateways"], { strategy: "None" });
      assert.deepEqual(inputs["subnetSpecs"], [{ type: "Isolated", name: "functions" }]);
    }
  });

  it("has an endpoint for each service that runtime and controls call, in each region where they call it", async () => {
    const made = await make();

    const names = made.of(ENDPOINT).map(({ inputs }) => inputs["serviceName"] as string);
    for (const name of ["sts", "events", "sqs", "dynamodb", "s3", "ec2", "cloudtrail", "ssm"])
      assert(names.includes(`com.amazonaws.eu-west-1.${name}`), name);
    for (const name of ["s3", "ec2", "cloudtrail", "dynamodb", "ssm", "lambda"])
      assert(names.includes(`com.amazonaws.eu-central-1.${name}`), name);
    assert.equal(new Set(names).size, names.length);
  });

  it("has one endpoint for IAM, which is in us-east-1 and has no region in its name", async () => {
    const made = await make();
    const home = await make("us-east-1", ["us-east-1"]);

    const iam = ({ inputs }: { inputs: Record<string, unknown> }) =>
      /iam$/.test(inputs["serviceName"] as string);
    const { inputs } = made.of(ENDPOINT).find(iam) ?? assert.fail();
    assert.equal(made.of(ENDPOINT).filter(iam).length, 1);
    assert.deepEqual(
      [inputs["serviceName"], inputs["serviceRegion"], inputs["region"]],
      ["com.amazonaws.iam", "us-east-1", "eu-west-1"],
    );
    assert.equal(home.of(ENDPOINT).find(iam)?.inputs["serviceRegion"], undefined);
  });

  it("has its own network's endpoints for services that accept calls from other regions", async () => {
    const { inputs } = (await make()).one(ENDPOINT, "network-s3-eu-central-1");

    assert.deepEqual(
      [inputs["region"], inputs["serviceRegion"], inputs["privateDnsEnabled"]],
      ["eu-west-1", "eu-central-1", true],
    );
  });

  it("reaches services of other regions by their own names, through a network there that is peered with its own", async () => {
    const made = await make();

    const endpoint = made.one(ENDPOINT, "network-eu-central-1-ec2").inputs;
    assert.deepEqual(
      [endpoint["region"], endpoint["serviceRegion"], endpoint["privateDnsEnabled"]],
      ["eu-central-1", undefined, false],
    );
    const zone = made.one("aws:route53/zone:Zone", "eu-central-1-ec2-zone").inputs;
    assert.equal(zone["name"], "ec2.eu-central-1.amazonaws.com");
    assert.deepEqual(zone["vpcs"], [{ vpcId: "vpc-1", vpcRegion: "eu-west-1" }]);
    const record = made.one("aws:route53/record:Record", "eu-central-1-ec2-record").inputs;
    assert.deepEqual(record["aliases"], [
      { name: "vpce-1.example", zoneId: "Z1", evaluateTargetHealth: false },
    ]);
    const peering = made.one("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "eu-central-1-peering");
    assert.equal(peering.inputs["peerRegion"], "eu-central-1");
    const [there, back] = ["there", "back"].map((direction) =>
      made
        .of("aws:ec2/route:Route")
        .filter(({ name }) => name.startsWith(`network-eu-central-1-${direction}-`)),
    );
    const range = made.one(VPC, "network-eu-central-1-vpc").inputs["cidrBlock"];
    assert.deepEqual(
      there?.map(({ inputs }) => [inputs["region"], inputs["routeTableId"], inputs["destinationCidrBlock"]]),
      [
        ["eu-west-1", "rtb-a", range],
        ["eu-west-1", "rtb-b", range],
      ],
    );
    assert.deepEqual(
      back?.map(({ inputs }) => [inputs["region"], inputs["destinationCidrBlock"]]),
      Array.from({ length: 2 }, () => ["eu-central-1", "10.255.0.0/20"]),
    );
    for (const { dependencies } of there ?? [])
      assert(dependencies.some((urn) => urn.includes("VpcPeeringConnectionAccepter")));
  });

  it("creates each network with the provider of its region", async () => {
    const made = await make();

    for (const [name, region] of [
      ["network-vpc", "eu-west-1"],
      ["network-us-east-1-vpc", "us-east-1"],
    ] as const)
      assert.match(made.one(VPC, name).providers["aws"] ?? "", new RegExp(`::security-${region}::`));
  });

  it("creates no other network if only one region is governed", async () => {
    const made = await make("us-east-1", ["us-east-1"]);

    assert.equal(made.of(VPC).length, 1);
    assert.deepEqual(made.of("aws:route53/zone:Zone"), []);
  });

  it("describes its groups in the characters that EC2 accepts", async () => {
    for (const { inputs } of (await make()).of("aws:ec2/securityGroup:SecurityGroup"))
      assert.match(inputs["description"] as string, /^[a-zA-Z0-9. _:/()#,@[\]+=&;{}!$*-]{1,255}$/);
  });

  it("allows only calls of the organization's principals, each by its name", async () => {
    for (const { name, inputs } of (await make()).of(ENDPOINT)) {
      const { Statement } = JSON.parse(inputs["policy"] as string) as {
        Statement: { Action: string[]; Condition: unknown }[];
      };
      for (const { Action, Condition } of Statement) {
        assert.deepEqual(Condition, { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }, name);
        for (const action of Action) assert.match(action, /^[a-z0-9]+:[A-Za-z0-9]+$/, name);
      }
    }
  });

  it("puts functions and endpoints into the subnets, and lets functions reach endpoints only by HTTPS", async () => {
    const made = await make();

    const interfaces = made
      .of(ENDPOINT)
      .filter(({ inputs }) => inputs["vpcEndpointType"] === "Interface" && inputs["region"] === "eu-west-1");
    assert(interfaces.length > 3);
    for (const { inputs } of interfaces) {
      assert.deepEqual(inputs["subnetIds"], ["subnet-a", "subnet-b"]);
      assert.equal(inputs["vpcId"], "vpc-1");
    }
    const subnets = await new Promise((resolve) => network?.subnetIds.apply(resolve));
    assert.deepEqual(subnets, ["subnet-a", "subnet-b"]);
    const inward = made.one(
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "network-endpoints-in",
    ).inputs;
    assert.deepEqual(
      [inward["fromPort"], inward["toPort"], inward["referencedSecurityGroupId"]],
      [443, 443, "network-functions-id"],
    );
  });

  it("loads its library only if a network is created", function () {
    this.timeout(30_000);
    const script =
      'require("ts-node/register/transpile-only"); require("./components/PrivateNetwork");' +
      'console.log(Object.keys(require.cache).some((file) => file.includes("@pulumi/awsx")));';
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
      cwd: path.join(__dirname, ".."),
      encoding: "utf8",
    });
    assert.equal(stdout.trim(), "false", stderr);
  });
});
