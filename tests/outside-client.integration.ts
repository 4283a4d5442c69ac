import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import * as ec2 from "@aws-sdk/client-ec2";
import { installEmulator } from "@bailiwick/local-aws/emulator";
import { deployedOrganization, eventually } from "./support/local";

const run = promisify(execFile);

describe("an external client that only has an endpoint and keys", () => {
  const deployed = deployedOrganization();

  it("sees a public bucket remediated outside the home region, a shared one left alone, and of a mixed policy the private part kept", async () => {
    const { organization, account } = deployed();
    const { credentials, endpoint } = organization.aws(account("sandbox"));
    const { python } = await installEmulator();
    const client = path.join(__dirname, "clients", "buckets.py");

    const { stdout } = await run(python, [
      client,
      endpoint ?? "",
      credentials.accessKeyId,
      credentials.secretAccessKey,
      "eu-central-1",
      account("web"),
    ]);

    assert.deepEqual(JSON.parse(stdout), { public: null, mixed: ["Friend"], shared: ["Friend"] });
  });

  it("sees a port that one call opened to the world and to its own network closed to the world only", async () => {
    const { organization, account } = deployed();
    const client = new ec2.EC2Client(organization.aws(account("sandbox"), "eu-central-1"));
    const asked = { GroupName: "outside-mixed", Description: "for a test" };
    const { GroupId = "" } = await client.send(new ec2.CreateSecurityGroupCommand(asked));
    const IpRanges = [{ CidrIp: "0.0.0.0/0" }, { CidrIp: "10.0.0.0/8" }];
    const IpPermissions = [{ IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges }];

    await client.send(new ec2.AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));

    const left = await eventually(async () => {
      const { SecurityGroups } = await client.send(
        new ec2.DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }),
      );
      const cidrs = (SecurityGroups?.[0]?.IpPermissions ?? []).flatMap(
        ({ IpRanges: ranges }) => ranges?.map(({ CidrIp }) => CidrIp) ?? [],
      );
      return cidrs.includes("0.0.0.0/0") ? undefined : cidrs;
    }, "the port is closed to the world");
    client.destroy();
    assert.deepEqual(left, ["10.0.0.0/8"]);
  });
});
