import {
  DescribeInstancesCommand,
  EC2Client,
  StartInstancesCommand,
  StopInstancesCommand,
  type InstanceStateName,
} from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, reference } from "../lib/testing";
import { control } from "./control";
import { remediation } from "./remediate";

const ID = "i-0a1b2c3d4e5f60718";
const context = {
  resource: reference(control.resourceType, ID, `arn:aws:ec2:eu-west-1:210987654321:instance/${ID}`),
  parameters: { tagKey: "keep-running", tagValue: "true" },
  aws: CREDENTIALS,
};

describe("ec2-instance-protected-running", () => {
  const ec2 = mockClient(EC2Client);
  beforeEach(() => ec2.reset());
  after(() => ec2.restore());

  const evaluate = (
    state: InstanceStateName,
    tags: Record<string, string> = { "keep-running": "true", Name: "licences" },
  ) => {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const instance = {
      InstanceId: ID,
      InstanceType: "t3.micro" as const,
      LaunchTime: new Date("2026-03-01T10:00:00Z"),
      StateTransitionReason: "User initiated (2026-03-17 08:41:27 GMT)",
      State: { Name: state },
      Tags,
    };
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [instance] }] });
    return remediation.evaluate(context);
  };
  const facts = {
    Name: "licences",
    Type: "t3.micro",
    "Launched at": "2026-03-01T10:00:00.000Z",
    Reason: "User initiated (2026-03-17 08:41:27 GMT)",
  };

  it("starts a stopped instance that is marked", async () => {
    const found = await evaluate("stopped");
    assert.deepEqual(found, {
      state: "violation",
      findings: [`The instance ${ID} is marked to keep running but is stopped.`],
      before: { state: "stopped" },
      remedies: ["Start the instance."],
      facts,
    });
    assert(found.state === "violation");
    await remediation.fix(context, found);
    assert.deepEqual(ec2.commandCalls(StartInstancesCommand)[0]?.args[0].input, { InstanceIds: [ID] });
  });

  it("reports a terminated one", async () => {
    assert.deepEqual(await evaluate("terminated"), {
      state: "violation",
      findings: [`The instance ${ID} is marked to keep running but is terminated.`],
      before: { state: "terminated" },
      remedies: [],
      facts: { ...facts, Restorable: "only from snapshots of its volumes" },
    });
  });

  it("accepts one that is running again", async () => {
    assert.deepEqual(await evaluate("running"), {
      state: "compliant",
      why: "The instance is running.",
      after: { state: "running" },
    });
  });

  for (const state of ["pending", "stopping", "shutting-down"] as const)
    it(`is not done with one that is ${state}`, async () => {
      assert.deepEqual(await evaluate(state), { state: "changing", what: `The instance ${ID} is ${state}.` });
    });

  it("ignores instances without the mark, or with another value", async () => {
    const why = "The instance does not carry the tag keep-running=true.";
    for (const tags of [{}, { "keep-running": "false" }, { "Keep-Running": "true" }])
      assert.deepEqual(await evaluate("stopped", tags as Record<string, string>), {
        state: "compliant",
        why,
      });
  });

  it("stops it again when the fix is undone, with a permission that only an undo has", async () => {
    await remediation.undo?.(context, { state: "stopped" });
    assert.deepEqual(
      ec2.commandCalls(StopInstancesCommand).map(({ args }) => args[0].input),
      [{ InstanceIds: [ID] }],
    );
    const scope = { partition: "aws", account: "210987654321", region: "eu-west-1", id: ID };
    assert(!JSON.stringify(control.fixPermissions?.(scope)).includes("StopInstances"));
    const [stop] = control.undoPermissions?.(scope) ?? [];
    assert.deepEqual(
      [stop?.Action, stop?.Resource],
      ["ec2:StopInstances", `arn:aws:ec2:eu-west-1:210987654321:instance/${ID}`],
    );
  });

  it("finds a missing instance absent", async () => {
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
    assert.deepEqual(await remediation.evaluate(context), { state: "absent" });
  });
});
