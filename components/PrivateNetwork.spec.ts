import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import { controls } from "../controls";
import { registrations } from "../tests/support/registrations";
import { PrivateNetwork } from "./PrivateNetwork";

const hubBusArn = "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick";
const ledgerTableArn = "arn:aws:dynamodb:eu-west-1:222222222222:table/bailiwick-ledger";

/** What the remote component would answer. */
const outputs = {
  "awsx:ec2:Vpc": {
    vpcId: "vpc-1",
    isolatedSubnetIds: ["subnet-a", "subnet-b"],
    routeTables: [],
  },
};
let network: PrivateNetwork | undefined;
const make = () =>
  registrations(
    () => {
      network = new PrivateNetwork("network", {
        partition: "aws",
        organizationId: "o-a1b2c3d4e5",
        region: "eu-west-1",
        regions: ["eu-west-1", "eu-central-1"],
        controls: controls.filter((control) => !("describe" in control)),
        hubBusArn,
        ledgerTableArn,
        provider: new aws.Provider("security", { region: "eu-west-1" }),
      });
    },
    { outputs },
  );
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

describe("PrivateNetwork", () => {
  it("has isolated subnets only, and no NAT", async () => {
    const { inputs } = (await make()).one("awsx:ec2:Vpc");

    assert.deepEqual(inputs["natGateways"], { strategy: "None" });
    assert.deepEqual(inputs["subnetSpecs"], [{ type: "Isolated", name: "functions" }]);
  });

  it("has an endpoint for each service that runtime and controls call, in each region where they call it", async () => {
    const made = await make();

    const names = made.of(ENDPOINT).map(({ inputs }) => (inputs["serviceName"] as string).slice(14));
    for (const name of ["sts", "events", "sqs", "dynamodb", "s3", "ec2", "cloudtrail"])
      assert(names.includes(`eu-west-1.${name}`), name);
    for (const name of ["s3", "ec2", "cloudtrail"]) {
      assert(names.includes(`eu-central-1.${name}`), name);
      const { inputs } = made.one(ENDPOINT, `-${name}-eu-central-1`);
      assert.equal(inputs["serviceRegion"], "eu-central-1");
    }
    assert.equal(new Set(names).size, names.length);
  });

  it("lets the calls of the organization's principals through, by name, and no others", async () => {
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

  it("puts functions and endpoints into the subnets, and lets functions reach endpoints by HTTPS alone", async () => {
    const made = await make();

    const interfaces = made.of(ENDPOINT).filter(({ inputs }) => inputs["vpcEndpointType"] === "Interface");
    assert(interfaces.length > 3);
    for (const { inputs } of interfaces) {
      assert.deepEqual(inputs["subnetIds"], ["subnet-a", "subnet-b"]);
      assert.equal(inputs["vpcId"], "vpc-1");
    }
    const subnets = await new Promise((resolve) => network?.subnetIds.apply(resolve));
    assert.deepEqual(subnets, ["subnet-a", "subnet-b"]);
    const inward = made.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs;
    assert.deepEqual(
      [inward["fromPort"], inward["toPort"], inward["referencedSecurityGroupId"]],
      [443, 443, "network-functions-id"],
    );
  });

  it("loads its library only when there is one to make", function () {
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
