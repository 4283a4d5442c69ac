import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Tag,
} from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, eventsOf, reference } from "../lib/testing";
import { control } from "./control";
import { remediation, type OwnerTags } from "./remediate";
import { whoOf } from "./who";

const [A, B] = ["i-0a1b2c3d4e5f60718", "i-0b2c3d4e5f6071829"];
const MARIA = "arn:aws:sts::210987654321:assumed-role/Developer/maria.lindqvist";
const AT = "2026-03-17T08:41:27Z";
const event = (name: string) => eventsOf(control.id).get(name)!;
const context = (name: string) => ({
  resource: reference(control.resourceType, A, `arn:aws:ec2:eu-west-1:210987654321:instance/${A}`),
  parameters: {},
  aws: CREDENTIALS,
  event: event(name),
});
const tags = (given: Record<string, string>): Tag[] =>
  Object.entries(given).map(([Key, Value]) => ({ Key, Value }));

describe("ec2-instance-owner-tagged: the owner", () => {
  it("is the person behind a role's session", () => {
    assert.deepEqual(whoOf(event("matching-run-by-role"), undefined), {
      owner: "maria.lindqvist",
      creator: MARIA,
      at: AT,
    });
  });

  it("is the IAM user", () => {
    assert.deepEqual(whoOf(event("matching-run-by-user"), undefined), {
      owner: "pilot",
      creator: "arn:aws:iam::210987654321:user/pilot",
      at: AT,
    });
  });

  it("is the Auto Scaling group of its instances", () => {
    const creator = "arn:aws:sts::210987654321:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling";
    assert.deepEqual(whoOf(event("matching-run-by-auto-scaling"), "web"), {
      owner: "auto-scaling-group/web",
      creator,
      at: AT,
    });
    assert.equal(
      whoOf(event("matching-run-by-auto-scaling"), undefined)?.owner,
      "AWSServiceRoleForAutoScaling",
    );
  });

  it("is the role of a program whose session is only numbered", () => {
    for (const session of ["i-0123456789abcdef0", "1742200887", "botocore-session-1742200887"]) {
      const program = structuredClone(event("matching-run-by-role"));
      (program.detail["userIdentity"] as Record<string, unknown>)["arn"] = MARIA.replace(
        "maria.lindqvist",
        session,
      );
      assert.equal(whoOf(program, undefined)?.owner, "Developer", session);
    }
  });

  it("is root, a service, or nobody", () => {
    const by = (userIdentity: Record<string, string>) =>
      whoOf({ ...event("matching-start"), detail: { userIdentity } }, undefined);
    assert.equal(by({ type: "Root", arn: "arn:aws:iam::210987654321:root" })?.owner, "root");
    assert.equal(by({ type: "AWSService", invokedBy: "ec2fleet.amazonaws.com" })?.owner, "ec2fleet");
    assert.equal(by({ type: "Unknown" }), undefined);
  });

  it("fits into a tag", () => {
    const userIdentity = {
      type: "IAMUser",
      arn: "arn:aws:iam::210987654321:user/a",
      userName: `a,b;<c>${"x".repeat(300)}`,
    };
    const owner = whoOf({ ...event("matching-start"), detail: { userIdentity } }, undefined)?.owner ?? "";
    assert(owner.startsWith("a-b--c-x") && owner.length === 256);
  });
});

describe("ec2-instance-owner-tagged: remediation", () => {
  const ec2 = mockClient(EC2Client);
  beforeEach(() => {
    ec2.reset();
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    ec2.on(DescribeNetworkInterfacesCommand).resolves({ NetworkInterfaces: [] });
  });
  after(() => ec2.restore());
  const instances = (...given: [string, Record<string, string>][]) =>
    ec2.on(DescribeInstancesCommand).resolves({
      Reservations: [
        {
          Instances: given.map(([InstanceId, each]) => ({
            InstanceId,
            State: { Name: "running" as const },
            Tags: tags(each),
          })),
        },
      ],
    });
  const all = { owner: "maria.lindqvist", creator: MARIA, "created-at": AT };

  it("tags the instance with its volumes and interfaces, each set of tags in one call", async () => {
    instances([A, {}], [B, {}]);
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        { VolumeId: "vol-1", Attachments: [{ InstanceId: A }] },
        { VolumeId: "vol-2", Attachments: [{ InstanceId: B }] },
      ],
    });
    ec2.on(DescribeNetworkInterfacesCommand).resolves({
      NetworkInterfaces: [{ NetworkInterfaceId: "eni-1", Attachment: { InstanceId: A } }],
    });

    const found = await remediation.evaluate(context("matching-run-by-role"));

    assert(found.state === "violation");
    assert.deepEqual(
      found.findings,
      [A, "vol-1", "eni-1"].map((id) => `${id} has no owner, creator, created-at tag.`),
    );
    assert.deepEqual(
      found.remedies[0],
      `Tag ${A} with owner=maria.lindqvist, creator=${MARIA}, created-at=${AT}.`,
    );
    assert.deepEqual(found.beside, [
      "arn:aws:ec2:eu-west-1:210987654321:volume/vol-1",
      "arn:aws:ec2:eu-west-1:210987654321:network-interface/eni-1",
    ]);
    assert.deepEqual(ec2.commandCalls(DescribeInstancesCommand)[0]?.args[0].input.Filters, [
      { Name: "instance-id", Values: [A] },
    ]);
    await remediation.fix(context("matching-run-by-role"), found);
    assert.deepEqual(
      ec2.commandCalls(CreateTagsCommand).map(({ args }) => args[0].input),
      [{ Resources: [A, "vol-1", "eni-1"], Tags: tags(all) }],
    );
  });

  it("never overwrites an owner, in upper or lower case", async () => {
    instances([A, { Owner: "team-harbour" }]);
    const found = await remediation.evaluate(context("matching-run-by-role"));
    assert(found.state === "violation");
    assert.deepEqual(found.before, {
      present: { [A]: { Owner: "team-harbour" } },
      missing: { [A]: { creator: MARIA, "created-at": AT } },
    });
    const own = { OWNER: "team-harbour", Creator: "x", "Created-At": "y" };
    instances([A, { ...own, Name: "web" }]);
    assert.deepEqual(await remediation.evaluate(context("matching-run-by-role")), {
      state: "compliant",
      why: "The instance, its volumes and interfaces have an owner.",
      after: { present: { [A]: own }, missing: {} },
    });
  });

  for (const blank of ["", "   ", "\t"])
    it(`takes the owner ${JSON.stringify(blank)} for none`, async () => {
      instances([A, { owner: blank, creator: MARIA, "created-at": AT }]);
      const found = await remediation.evaluate(context("matching-run-by-role"));
      assert(found.state === "violation");
      assert.deepEqual(found.before.missing, { [A]: { owner: "maria.lindqvist" } });
    });

  describe("after a launch that set tags, while the reads lag behind it", () => {
    const launch = (resourceType: string, owner: string) => {
      const run = structuredClone(event("matching-run-by-role"));
      (run.detail["requestParameters"] as Record<string, unknown>)["tagSpecificationSet"] = {
        items: [{ resourceType, tags: [{ key: "Owner", value: owner }] }],
      };
      return { ...context("matching-run-by-role"), event: run };
    };
    const missingAfter = async (given: ReturnType<typeof launch>) => {
      instances([A, {}]);
      ec2
        .on(DescribeVolumesCommand)
        .resolves({ Volumes: [{ VolumeId: "vol-1", Attachments: [{ InstanceId: A }] }] });
      const found = await remediation.evaluate(given);
      assert(found.state === "violation");
      return found.before.missing;
    };

    it("leaves alone the owner that the call set on the instance", async () => {
      assert.deepEqual(await missingAfter(launch("instance", "team-harbour")), {
        [A]: { creator: MARIA, "created-at": AT },
        "vol-1": all,
      });
    });

    it("leaves alone the owner that the call set on the volumes", async () => {
      assert.deepEqual(await missingAfter(launch("volume", "team-harbour")), {
        [A]: all,
        "vol-1": { creator: MARIA, "created-at": AT },
      });
    });

    it("leaves alone the owner that a launch template set, which only the answer has", async () => {
      const run = structuredClone(event("matching-run-by-role"));
      const { instancesSet } = run.detail["responseElements"] as { instancesSet: { items: object[] } };
      instancesSet.items = [
        { instanceId: B, tagSet: { items: [{ key: "owner", value: "team-quay" }] } },
        { instanceId: A, tagSet: { items: [{ key: "owner", value: "team-harbour" }] } },
      ];
      const given = { ...context("matching-run-by-role"), event: run };
      assert.deepEqual((await missingAfter(given))[A], { creator: MARIA, "created-at": AT });
    });

    it("takes a blank owner of the call for none", async () => {
      assert.deepEqual((await missingAfter(launch("instance", " ")))[A], all);
    });
  });

  it("reports why it can't say whose an instance is", async () => {
    instances([A, {}]);
    const by = async (userIdentity: Record<string, string>) => {
      const started = structuredClone(event("matching-start"));
      started.detail["userIdentity"] = userIdentity;
      const found = await remediation.evaluate({ ...context("matching-start"), event: started });
      assert(found.state === "violation");
      assert.deepEqual(found.remedies, []);
      return found.findings;
    };
    const arn =
      "arn:aws:sts::210987654321:assumed-role/bailiwick-ec2-instance-protected-running/1-ec2-instance-protected-running";
    assert.deepEqual(await by({ type: "AssumedRole", arn }), [
      `${A} has no owner tag.`,
      "A control started the instance again, so whose it is can't be told from the call.",
    ]);
    assert.deepEqual(await by({ type: "Unknown" }), [
      `${A} has no owner tag.`,
      "CloudTrail's record doesn't name the caller, so whose the instance is can't be told from the call.",
    ]);
  });

  it("takes the principal that starts an instance as owner if it has none, but not as creator", async () => {
    instances([A, {}]);
    const found = await remediation.evaluate(context("matching-start"));
    assert(found.state === "violation");
    assert.deepEqual(found.before, {
      present: { [A]: {} },
      missing: { [A]: { owner: "maria.lindqvist" } },
    });
  });

  it("names the Auto Scaling group as owner, of volumes too", async () => {
    instances([A, { "aws:autoscaling:groupName": "web" }]);
    ec2
      .on(DescribeVolumesCommand)
      .resolves({ Volumes: [{ VolumeId: "vol-1", Attachments: [{ InstanceId: A }] }] });
    const found = await remediation.evaluate(context("matching-run-by-auto-scaling"));
    assert(found.state === "violation");
    const { missing } = found.before;
    assert.deepEqual(
      [missing[A]?.["owner"], missing["vol-1"]?.["owner"]],
      ["auto-scaling-group/web", "auto-scaling-group/web"],
    );
  });

  it("only reports if the creator is unknown", async () => {
    instances([A, {}]);
    const swept = { ...context("matching-run-by-role"), event: undefined };
    const found = await remediation.evaluate(swept);
    assert(found.state === "violation");
    assert.deepEqual([found.findings, found.remedies], [[`${A} has no owner tag.`], []]);
  });

  it("finds terminated and missing instances absent", async () => {
    ec2
      .on(DescribeInstancesCommand)
      .resolves({ Reservations: [{ Instances: [{ InstanceId: A, State: { Name: "terminated" } }] }] });
    assert.deepEqual(await remediation.evaluate(context("matching-run-by-role")), { state: "absent" });
  });

  it("undoes only the tags that it set, while they have the values that it set", async () => {
    const before: OwnerTags = {
      present: { [A]: { Owner: "team-harbour" }, "vol-1": {} },
      missing: { [A]: { creator: MARIA }, "vol-1": all },
    };
    await remediation.undo?.(context("matching-run-by-role"), before);
    assert.deepEqual(
      ec2.commandCalls(DeleteTagsCommand).map(({ args }) => args[0].input),
      [
        { Resources: [A], Tags: tags({ creator: MARIA }) },
        { Resources: ["vol-1"], Tags: tags(all) },
      ],
    );
  });

  it("tags and untags only what the session reaches", async () => {
    const before: OwnerTags = {
      present: {},
      missing: { [A]: all, "vol-1": all, "vol-2": all, "eni-1": all },
    };
    const beside = ["volume/vol-2", "network-interface/eni-1"].map(
      (part) => `arn:aws:ec2:eu-west-1:210987654321:${part}`,
    );
    const reached = { ...context("matching-run-by-role"), beside };

    await remediation.fix(reached, { state: "violation", findings: [], before, remedies: [] });
    await remediation.undo?.(reached, before);

    const call = { Resources: [A, "vol-2", "eni-1"], Tags: tags(all) };
    for (const command of [CreateTagsCommand, DeleteTagsCommand] as (typeof CreateTagsCommand)[])
      assert.deepEqual(
        ec2.commandCalls(command).map(({ args }) => args[0].input),
        [call],
      );
  });

  it("detects a later change by the present tags, whoever made it", async () => {
    instances([A, all]);
    const { event: by, ...undo } = context("matching-run-by-role");
    const fixed = await remediation.evaluate({ ...undo, event: by });
    assert(fixed.state === "compliant");
    assert.deepEqual(await remediation.evaluate(undo), fixed);
    instances([A, { ...all, owner: "team-harbour" }]);
    assert.notDeepEqual(await remediation.evaluate(undo), fixed);
  });

  it("may set only these three tags, and only on the parts that lack them", () => {
    const scope = { partition: "aws", account: "210987654321", region: "eu-west-1", id: A };
    const instance = `arn:aws:ec2:eu-west-1:210987654321:instance/${A}`;
    const volume = "arn:aws:ec2:eu-west-1:210987654321:volume/vol-1";
    for (const beside of [[], [volume]]) {
      const [set] = control.fixPermissions?.({ ...scope, beside }) ?? [];
      const [takeBack] = control.undoPermissions?.({ ...scope, beside }) ?? [];
      assert.deepEqual([set?.Action, takeBack?.Action], ["ec2:CreateTags", "ec2:DeleteTags"]);
      for (const statement of [set, takeBack]) {
        assert.deepEqual(statement?.Resource, [instance, ...beside]);
        assert.deepEqual(statement?.Condition, {
          "ForAllValues:StringEquals": { "aws:TagKeys": ["owner", "creator", "created-at"] },
          // A call without keys would meet the condition above, and DeleteTags without keys removes all tags.
          Null: { "aws:TagKeys": "false" },
        });
      }
    }
  });
});

describe("ec2-instance-owner-tagged: a call about several instances", () => {
  it("is evaluated for each of them separately", () => {
    const run = structuredClone(event("matching-run-by-role"));
    const { instancesSet } = run.detail["responseElements"] as { instancesSet: { items: object[] } };
    instancesSet.items = [{ instanceId: A }, { instanceId: B }, { instanceId: "i-*" }];
    assert.deepEqual(
      [control.resource(run), ...(control.furtherResources?.(run) ?? [])].map((each) => each?.id),
      [A, B],
    );
  });
});
