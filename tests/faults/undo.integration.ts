import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import { runInstance, terminateInstance } from "../../controls/lib/drill/instance";
import { deployedOrganization, eventually } from "../support/local";

const CONTROL = "s3-bucket-policy-not-public";
const OWNER_CONTROL = "ec2-instance-owner-tagged";
const RUNNING_CONTROL = "ec2-instance-protected-running";
const REGION = "eu-central-1";
const PAYMENTS = "200000000001";
const APPROVER = `arn:aws:iam::${PAYMENTS}:role/exemptions`;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

interface Line {
  id: string;
  status: string;
  undoneBy?: string;
  outcome: {
    outcome: string;
    principal?: string;
    exemption?: { source: string };
    exemptionFaults?: string[];
    breaker?: { id: string; principals: string[] };
  };
}

describe("the ledger and its commands, in an organization", () => {
  const deployed = deployedOrganization({
    "bailiwick:exemptionTaggers": [APPROVER],
    "bailiwick:controls": Object.fromEntries(
      [CONTROL, OWNER_CONTROL, RUNNING_CONTROL].map((id) => [id, { mode: "enforce" }]),
    ),
  });

  /** The command, as a platform engineer with credentials of the security account runs it. */
  function bailiwick(...args: string[]): Promise<Ended> {
    const { organization, account } = deployed();
    const env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      AWS_ACCESS_KEY_ID: account("security"),
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: organization.homeRegion,
      AWS_ENDPOINT_URL: organization.endpointUrl,
    };
    const bin = path.join(__dirname, "..", "..", "cli", "bin.js");
    return new Promise((resolve) => {
      execFile(process.execPath, [bin, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr }),
      );
    });
  }
  const linesOf = async (resource: string, control = CONTROL) => {
    const which = ["--control", control, "--resource", resource];
    const { stdout, stderr } = await bailiwick("ledger", "--json", ...which);
    assert.equal(stderr, "");
    return JSON.parse(stdout) as Line[];
  };
  const s3Of = (config: AwsClientConfig) => new S3Client({ ...config, forcePathStyle: true });
  const s3 = () => s3Of(deployed().organization.aws(PAYMENTS, REGION));
  const publicPolicy = (bucket: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*` },
      ],
    });
  const policyOf = (Bucket: string) =>
    s3()
      .send(new GetBucketPolicyCommand({ Bucket }))
      .then(
        ({ Policy }) => Policy,
        () => undefined,
      );
  /** The tags' keys of the instance and its volumes, sorted. */
  async function tagsOf(aws: AwsClientConfig, id: string): Promise<Record<string, string[]>> {
    const ec2 = new EC2Client(aws);
    const keys = (tags: { Key?: string }[] = []) => tags.map(({ Key = "" }) => Key).sort();
    const { Reservations: [found] = [] } = await ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [id] }),
    );
    const attached = [{ Name: "attachment.instance-id", Values: [id] }];
    const { Volumes: volumes = [] } = await ec2.send(new DescribeVolumesCommand({ Filters: attached }));
    return Object.fromEntries([
      [id, keys(found?.Instances?.[0]?.Tags)],
      ...volumes.map(({ VolumeId = "", Tags }) => [VolumeId, keys(Tags)] as const),
    ]);
  }
  async function makeBucket(Bucket: string): Promise<void> {
    const place = { LocationConstraint: REGION } as const;
    await s3().send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: place }));
    await s3().send(new DeletePublicAccessBlockCommand({ Bucket }));
  }
  /** Makes the bucket public and waits until there are this many entries. */
  async function offend(Bucket: string, entries: number): Promise<Line[]> {
    await s3().send(new PutBucketPolicyCommand({ Bucket, Policy: publicPolicy(Bucket) }));
    return finishedEntries(Bucket, entries);
  }
  const finishedEntries = (resource: string, entries: number, control = CONTROL) =>
    eventually(
      async () => {
        const lines = await linesOf(resource, control);
        return lines.length >= entries && lines.every(({ status }) => status === "done") ? lines : undefined;
      },
      `${entries} entries of ${resource}`,
      60_000,
    );

  it("list a fix, undo it, leave the state alone, and refuse a second undo", async function () {
    this.timeout(180_000);
    const bucket = "ledger-undone";
    await makeBucket(bucket);
    const [line] = await offend(bucket, 1);
    assert.equal(line?.outcome.outcome, "remediated");
    assert.equal(await policyOf(bucket), undefined);
    const csv = await bailiwick("ledger", "--csv", "--control", CONTROL, "--resource", bucket);
    assert.match(csv.stdout, /^when,outcome,id,.*\r\n.*,remediated,/);

    const undone = await bailiwick("undo", line.id, "--reason", "It is our website", "--exempt", "3");

    assert.equal(undone.code, 0, undone.stderr);
    assert.match(undone.stdout, new RegExp(`Undone: arn:aws:s3:::${bucket}`));
    assert.equal(await policyOf(bucket), publicPolicy(bucket));
    // The undo's own change comes as an event, and finds the bucket exempted.
    const lines = await finishedEntries(bucket, 3);
    assert.deepEqual(lines.map(({ outcome }) => outcome.outcome).sort(), [
      "exempted",
      "remediated",
      "undone",
    ]);
    assert.equal(await policyOf(bucket), publicPolicy(bucket));
    const exemptions = await bailiwick("exemptions", "--json");
    assert.match(exemptions.stdout, /It is our website/);
    const again = await bailiwick("undo", line.id, "--reason", "Again");
    assert.equal(again.code, 1);
    assert.match(again.stderr, /was undone before/);
  });

  it("refuse to undo when the state has moved on", async function () {
    this.timeout(120_000);
    const bucket = "ledger-moved-on";
    await makeBucket(bucket);
    const [line] = await offend(bucket, 1);
    const Policy = publicPolicy(bucket).replace('"*"', `{"AWS":"arn:aws:iam::${PAYMENTS}:root"}`);
    await s3().send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));

    const { code, stderr } = await bailiwick("undo", line?.id ?? "", "--reason", "x");

    assert.equal(code, 1);
    assert.match(stderr, /has moved on since/);
  });

  it("remove the tags of an instance and of its volume, with a session for both", async function () {
    this.timeout(120_000);
    const aws = deployed().organization.aws(PAYMENTS, REGION);
    const id = await runInstance(aws, {});
    const [line] = await finishedEntries(id, 1, OWNER_CONTROL);
    assert.equal(line?.outcome.outcome, "remediated");
    const tagged = await tagsOf(aws, id);
    assert(Object.keys(tagged).length > 1, "The instance has a volume.");
    for (const tags of Object.values(tagged)) assert.deepEqual(tags, ["created-at", "creator", "owner"]);

    const undone = await bailiwick("undo", line.id, "--reason", "Its tags come from the pipeline");

    assert.equal(undone.code, 0, undone.stderr);
    const left = Object.keys(tagged).map((each) => [each, []]);
    assert.deepEqual(await tagsOf(aws, id), Object.fromEntries(left));
    await terminateInstance(aws, id);
  });

  it("stop an instance that was started, and leave it stopped while it is exempted", async function () {
    this.timeout(120_000);
    const aws = deployed().organization.aws(PAYMENTS, REGION);
    const id = await runInstance(aws, { "keep-running": "true", owner: "team-harbour" });
    const ec2 = new EC2Client(aws);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    const [line] = await finishedEntries(id, 1, RUNNING_CONTROL);
    assert.equal(line?.outcome.outcome, "remediated");

    const undone = await bailiwick("undo", line.id, "--reason", "It is on holiday", "--exempt", "3");

    assert.equal(undone.code, 0, undone.stderr);
    const lines = await finishedEntries(id, 3, RUNNING_CONTROL);
    assert.deepEqual(lines.map(({ outcome }) => outcome.outcome).sort(), [
      "exempted",
      "remediated",
      "undone",
    ]);
    const { Reservations: [found] = [] } = await ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [id] }),
    );
    assert.equal(found?.Instances?.[0]?.State?.Name, "stopped");
    await terminateInstance(aws, id);
  });

  it("stop two automations after the third time, and close the breaker by command", async function () {
    this.timeout(240_000);
    const bucket = "ledger-fought-over";
    await makeBucket(bucket);
    let lines: Line[] = [];
    for (let round = 1; round <= 4; round++) lines = await offend(bucket, round);
    const outcomes = lines.map(({ outcome }) => outcome.outcome);
    assert.deepEqual(outcomes, ["suppressed", "remediated", "remediated", "remediated"]);
    assert.deepEqual(lines[0]?.outcome.breaker?.principals, [`arn:aws:iam::${PAYMENTS}:root`]);
    assert.equal(await policyOf(bucket), publicPolicy(bucket));
    const { stdout } = await bailiwick("breaker", "list", "--json");
    const [open] = JSON.parse(stdout) as { id: string; subject: string }[];
    assert.equal(open?.subject, `arn:aws:s3:::${bucket}`);

    const closed = await bailiwick("breaker", "close", open.id);

    assert.equal(closed.code, 0, closed.stderr);
    assert.match((await bailiwick("breaker")).stdout, /No circuit breaker is open/);
    lines = await offend(bucket, 5);
    assert.equal(lines[0]?.outcome.outcome, "remediated");
  });

  it("accept the exempting tag only from a principal who may exempt", async function () {
    this.timeout(180_000);
    const root = deployed().organization.aws(PAYMENTS, REGION);
    const iam = new IAMClient(root);
    const allow = (statement: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const trust = { Principal: { AWS: `arn:aws:iam::${PAYMENTS}:root` }, Action: "sts:AssumeRole" };
    await iam.send(new CreateRoleCommand({ RoleName: "exemptions", AssumeRolePolicyDocument: allow(trust) }));
    const policy = { Action: "s3:*", Resource: "*" };
    await iam.send(
      new PutRolePolicyCommand({ RoleName: "exemptions", PolicyName: "tag", PolicyDocument: allow(policy) }),
    );
    const assumed = await new STSClient(root).send(
      new AssumeRoleCommand({ RoleArn: APPROVER, RoleSessionName: "ines" }),
    );
    const approver = s3Of({
      ...root,
      credentials: {
        accessKeyId: assumed.Credentials?.AccessKeyId ?? "",
        secretAccessKey: assumed.Credentials?.SecretAccessKey ?? "",
        sessionToken: assumed.Credentials?.SessionToken ?? "",
      },
    });
    const Tagging = {
      TagSet: [
        {
          Key: `bailiwick:exempt:${CONTROL}`,
          Value: "owner=web@example.com until=2099-01-31 reason=website",
        },
      ],
    };
    const [allowed, other] = ["ledger-tagged", "ledger-tagged-by-another"];
    await makeBucket(allowed);
    await makeBucket(other);
    await approver.send(new PutBucketTaggingCommand({ Bucket: allowed, Tagging }));
    await s3().send(new PutBucketTaggingCommand({ Bucket: other, Tagging }));
    await finishedEntries(allowed, 1);
    await finishedEntries(other, 1);

    const [kept] = await offend(allowed, 2);
    const [fixed] = await offend(other, 2);

    assert.deepEqual([kept?.outcome.outcome, kept?.outcome.exemption?.source], ["exempted", "tag"]);
    assert.equal(fixed?.outcome.outcome, "remediated");
    assert.match(fixed.outcome.exemptionFaults?.[0] ?? "", /has not shown that someone who may exempt/);
  });
});
