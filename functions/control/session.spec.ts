import fc from "fast-check";
import assert from "node:assert/strict";
import { controlById, controls } from "../../controls";
import { eventsOf } from "../../controls/lib/testing";
import { sessionName, sessionPolicy, sessionSlices } from "./session";

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
      assert.ok(sessionPolicy(control, longest, "aws-us-gov").length <= 2048, control.id);
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

  for (const undo of [false, true])
    it(`reaches all parts of an instance that has many, in slices that STS takes (undo: ${undo})`, () => {
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

      const slices = sessionSlices(control, instance, "aws", { undo, beside: parts });

      assert.deepEqual(slices.flat(), parts);
      assert.ok(slices.length <= 5);
      for (const beside of slices)
        assert.ok(sessionPolicy(control, instance, "aws", { undo, beside }).length <= 2048);
      assert.deepEqual(sessionSlices(control, instance, "aws", { undo }), [[]]);
    });

  it("reaches nothing but the resource of the event", () => {
    for (const control of controls) {
      for (const [name, event] of eventsOf(control.id)) {
        const resource = name.startsWith("matching") ? control.resource(event) : undefined;
        if (!resource) continue;
        const { Statement } = JSON.parse(sessionPolicy(control, resource, "aws")) as {
          Statement: { Resource: string | string[]; Condition?: unknown }[];
        };
        for (const { Resource, Condition } of Statement) {
          if (Resource === "*")
            assert.deepEqual(Condition, { StringEquals: { "aws:RequestedRegion": resource.region } });
          else {
            const { arn, account } = resource;
            // An organization's trail belongs to the management account. A user's ARN has a path, which most events omit, and user names
            // are unique within an account.
            const sameResource = [arn, arn.replace(`:${account}:`, ":*:"), arn.replace(":user/", ":user/*/")];
            for (const each of [Resource].flat()) assert.ok(sameResource.includes(each), each);
          }
        }
      }
    }
  });
});
