import fc from "fast-check";
import assert from "node:assert/strict";
import { controlById, controls } from "../../controls";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { CREDENTIALS, eventsOf, sdkError } from "../../controls/lib/testing";
import { contextsReaching, sessionName, sessionPolicy, sessionSlices } from "./session";

const TASKS = ["read", "fix", "undo"] as const;

describe("a session", () => {
  it("has a name that STS takes, whatever the event's id", () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        for (const control of controls) assert.match(sessionName(control.id, id), /^[\w+=,.@-]{2,64}$/);
      }),
    );
  });

  it("has the whole id of an event in its name", () => {
    const id = "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61";
    for (const control of controls) assert.ok(sessionName(control.id, id).startsWith(id));
  });

  it("has a policy that STS takes, for the longest possible names", () => {
    const longest = {
      account: "210987654321",
      region: "us-gov-west-1",
      type: "x",
      id: "n".repeat(255),
      arn: "x",
    };
    for (const control of controls)
      for (const task of TASKS)
        assert.ok(sessionPolicy(control, longest, "aws-us-gov", { task }).length <= 2048, control.id);
  });

  it("refuses a policy that STS would refuse", () => {
    const huge = {
      account: "210987654321",
      region: "eu-west-1",
      type: "x",
      id: "n".repeat(3000),
      arn: "arn:huge",
    };
    assert.throws(() => sessionPolicy(controlById("s3-bucket-policy-not-public"), huge, "aws"), {
      name: "PermanentError",
      message: /^The session policy for arn:huge has \d{4} characters, more than the 2048 that STS takes\.$/,
    });
  });

  it("reads, and fixes or undoes only if that is its task", () => {
    const control = controlById("ec2-security-group-admin-ports-closed");
    const group = {
      ...{ account: "210987654321", region: "eu-west-1", type: control.resourceType, id: "sg-1" },
      arn: "arn:aws:ec2:eu-west-1:210987654321:security-group/sg-1",
    };
    const actions = (task?: "read" | "fix" | "undo") =>
      (
        JSON.parse(sessionPolicy(control, group, "aws", task && { task })) as {
          Statement: { Action: string | string[] }[];
        }
      ).Statement.flatMap(({ Action }) => Action);

    const reading = [
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeTags",
      "ec2:DescribeManagedPrefixLists",
      "ec2:GetManagedPrefixListAssociations",
      "ec2:GetManagedPrefixListEntries",
    ];
    assert.deepEqual(actions(), reading);
    assert.deepEqual(actions("read"), reading);
    assert.deepEqual(actions("fix"), [...reading, "ec2:RevokeSecurityGroupIngress"]);
    assert.deepEqual(actions("undo"), [...reading, "ec2:AuthorizeSecurityGroupIngress"]);
  });

  for (const task of ["fix", "undo"] as const)
    it(`reaches all parts of an instance that has many, in slices that STS takes (${task})`, () => {
      const control = controlById("ec2-instance-owner-tagged");
      const scope = "arn:aws:ec2:ap-southeast-2:210987654321";
      const id = "i-0123456789abcdef0";
      const instance = {
        ...{ account: "210987654321", region: "ap-southeast-2", type: control.resourceType, id },
        arn: `${scope}:instance/${id}`,
      };
      const parts = Array.from(
        { length: 60 },
        (_, n) => `${scope}:volume/vol-${String(n).padStart(17, "0")}`,
      );

      const slices = sessionSlices(control, instance, "aws", { task, beside: parts });

      assert.deepEqual(slices.flat(), parts);
      assert.ok(slices.length <= 5);
      for (const beside of slices)
        assert.ok(sessionPolicy(control, instance, "aws", { task, beside }).length <= 2048);
      assert.deepEqual(sessionSlices(control, instance, "aws", { task }), [[]]);
    });

  it("reaches nothing but the resource of the event", () => {
    // One that compares what is deployed reads the path, whatever the event names; its own spec lists that.
    for (const control of controls.filter(({ comparesDeployment }) => comparesDeployment !== true)) {
      for (const [name, event] of eventsOf(control.id)) {
        const resource = name.startsWith("matching") ? control.resource(event) : undefined;
        if (!resource) continue;
        const statements = TASKS.flatMap(
          (task) =>
            (
              JSON.parse(sessionPolicy(control, resource, "aws", { task })) as {
                Statement: { Sid: string; Resource: string | string[]; Condition?: unknown }[];
              }
            ).Statement,
        );
        for (const { Sid, Resource, Condition } of statements) {
          // They are the same whatever the resource is: the organization, and the policy that all users have.
          if (["ReadOrganization", "ReadTrailServiceRole", "ReadPolicy"].includes(Sid)) continue;
          if (Resource === "*")
            assert.deepEqual(Condition, { StringEquals: { "aws:RequestedRegion": resource.region } });
          else {
            const { arn, account } = resource;
            // An organization's trail belongs to the management account. A user's ARN has a path, which most events omit, and user names
            // are unique within an account.
            // The policy that all users have is read by itself, and of root nothing, so users of these names may as well be.
            const user = arn.replace(":policy/", ":user/").replace(/:root$/, ":user/root");
            const sameResource = [
              arn,
              user,
              arn.replace(`:${account}:`, ":*:"),
              user.replace(":user/", ":user/*/"),
            ];
            for (const each of [Resource].flat()) assert.ok(sameResource.includes(each), each);
          }
        }
      }
    }
  });
});

describe("sessions whose packed form STS finds too large", () => {
  const sts = mockClient(STSClient);
  beforeEach(() => sts.reset());
  after(() => sts.restore());

  const control = controlById("ec2-instance-owner-tagged");
  const scope = "arn:aws:ec2:eu-west-1:210987654321";
  const resource = {
    ...{
      account: "210987654321",
      region: "eu-west-1",
      type: control.resourceType,
      id: "i-0123456789abcdef0",
    },
    arn: `${scope}:instance/i-0123456789abcdef0`,
  };
  /** Lets STS take at most this many parts, and gives the parts that each opened session reaches. */
  async function reached(parts: string[], most: number): Promise<(readonly string[] | undefined)[]> {
    sts.on(AssumeRoleCommand).callsFake(({ Policy = "" }: { Policy?: string }) => {
      if (parts.filter((part) => Policy.includes(part)).length > most)
        throw sdkError("PackedPolicyTooLargeException", "Packed size 112 %.");
      return { Credentials: { AccessKeyId: "A", SecretAccessKey: "S", SessionToken: "T" } };
    });
    const runtime = {
      sts: new STSClient({ region: "eu-west-1" }),
      control,
      settings: { partition: "aws", roleName: "bailiwick-x" },
    };
    const context = { resource, parameters: {}, aws: CREDENTIALS };
    const purpose = { eventId: "e", event: "e", entry: "0".repeat(20), task: "fix" as const, beside: parts };
    const found: (readonly string[] | undefined)[] = [];
    for await (const { beside } of contextsReaching(runtime, context, purpose)) found.push(beside);
    return found;
  }
  const parts = ["a", "b", "c", "d", "e"].map((id) => `${scope}:volume/vol-${id}`);

  it("are halved until it takes them, and reach everything once and in order", async () => {
    assert.deepEqual(await reached(parts, 5), [undefined]);
    const halves = await reached(parts, 2);
    assert.deepEqual(halves, [parts.slice(0, 2), parts.slice(2, 3), parts.slice(3)]);
  });

  it("fail for good when a single part is still too large", async () => {
    await assert.rejects(reached(parts, 0), {
      name: "PermanentError",
      message:
        `The session policy and tags for ${resource.arn} are too large for STS in their packed form: nothing more can be left out. ` +
        "Shorten the resource's name, or exempt it. (Packed size 112 %.)",
    });
  });
});
