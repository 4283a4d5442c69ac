import fc from "fast-check";
import assert from "node:assert/strict";
import { controlById, controls } from "../../controls";
import type { Outcome } from "../../controls/lib/outcome";
import { PermanentError, RetryableError } from "../../controls/lib/errors";
import { eventsOf } from "../../controls/lib/testing";
import { classify } from "../lib/classify-error";
import { bounded } from "./publish-outcome";
import { sessionName, sessionPolicy, slicesOf } from "./session";
import { modeOf, readSettings, type SettingsInput } from "../../contract/control-settings";
import { SETTINGS } from "./spec-support";

describe("a session", () => {
  it("has a name that STS takes, whatever the event is called", () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        for (const control of controls) assert.match(sessionName(control.id, id), /^[\w+=,.@-]{2,64}$/);
      }),
    );
  });

  it("keeps the whole id of an event in its name", () => {
    const id = "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61";
    for (const control of controls) assert.ok(sessionName(control.id, id).startsWith(id));
  });

  it("has a policy that STS takes, for the longest names there may be", () => {
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
    it(`reaches all parts of an instance with many, in slices that STS takes (undo: ${undo})`, () => {
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

      const slices = slicesOf(control, instance, "aws", { undo, beside: parts });

      assert.deepEqual(slices.flat(), parts);
      assert.ok(slices.length <= 5);
      for (const beside of slices)
        assert.ok(sessionPolicy(control, instance, "aws", { undo, beside }).length <= 2048);
      assert.deepEqual(slicesOf(control, instance, "aws", { undo }), [[]]);
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
            // An organization's trail is the management account's; a user's ARN has a path, which most events leave out, and no two users
            // of an account have one name.
            const sameResource = [arn, arn.replace(`:${account}:`, ":*:"), arn.replace(":user/", ":user/*/")];
            for (const each of [Resource].flat()) assert.ok(sameResource.includes(each), each);
          }
        }
      }
    }
  });
});

describe("a failure", () => {
  const named = (name: string, more: object = {}) => Object.assign(new Error("m"), { name, ...more });

  it("is worth another try when AWS is busy, out of reach or of two minds", () => {
    const retryable = [
      named("Throttling"),
      named("TooManyRequestsException"),
      named("RequestLimitExceeded"),
      named("SlowDown"),
      named("X", { $metadata: { httpStatusCode: 429 } }),
      named("X", { $metadata: { httpStatusCode: 503 } }),
      named("X", { $metadata: { httpStatusCode: 409 } }),
      named("Error", { code: "ECONNREFUSED" }),
      named("TimeoutError"),
      named("RequestTimeout"),
      named("ExpiredTokenException"),
      named("OperationAborted"),
      named("ConflictException"),
      named("NoSuchBucket"),
      named("InvalidSecurityGroupRuleId.NotFound"),
      named("TrailNotFoundException"),
    ];
    for (const error of retryable) assert.ok(classify(error, "x") instanceof RetryableError, error.name);
  });

  it("is a person's business otherwise", () => {
    const permanent = [
      named("AccessDenied"),
      named("UnauthorizedOperation"),
      named("InvalidClientTokenId"),
      named("ValidationError", { $metadata: { httpStatusCode: 400 } }),
      named("TypeError"),
      "text",
      undefined,
    ];
    for (const error of permanent) assert.ok(classify(error, "x") instanceof PermanentError, String(error));
  });

  it("stays what it is when it was sorted already", () => {
    const error = new PermanentError("Known.");
    assert.equal(classify(error, "x"), error);
  });
});

describe("settings", () => {
  const control = controlById("ec2-security-group-admin-ports-closed");
  const good: SettingsInput = { ...SETTINGS, mode: "notify" };

  it("are completed by the control's defaults", () => {
    assert.deepEqual(readSettings(JSON.stringify(good), control), {
      ...good,
      accountModes: {},
      exemptions: [],
      taggers: [],
      parameters: { ports: [22, 3389] },
    });
  });

  it("say every fault when they are wrong", () => {
    const message = (value?: unknown) => {
      try {
        readSettings(
          typeof value === "object" ? JSON.stringify(value) : (value as string | undefined),
          control,
        );
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    assert.equal(
      message(),
      "There are no settings: settings.json beside the function's code and BAILIWICK_SETTINGS are missing.",
    );
    assert.equal(message("{"), "The settings are not JSON.");
    const wrong = message({ ...good, mode: "maybe", busName: "", accountModes: { "12": "enforce" } });
    for (const path of ["mode: ", "busName: ", "accountModes.12: "]) assert.ok(wrong.includes(path), wrong);
    assert.match(message({ ...good, parameters: { ports: ["ssh"] } }), /^Settings: parameters: ports\.0: /);
  });

  it("give each account its mode, and no account one by accident", () => {
    const settings = readSettings(
      JSON.stringify({ ...good, accountModes: { "210987654321": "enforce" } }),
      control,
    );
    assert.equal(modeOf(settings, "210987654321"), "enforce");
    assert.equal(modeOf(settings, "345678901234"), "notify");
    assert.equal(modeOf(settings, "constructor"), "notify");
  });
});

describe("an outcome", () => {
  it("stays of bounded size", () => {
    const sentences = Array.from({ length: 52 }, (_, index) => `${index}.`);
    const outcome = {
      control: "c",
      eventId: "e",
      resource: null,
      outcome: "remediated",
      findings: sentences,
      remedies: ["x"],
      remaining: sentences,
      durationMilliseconds: 1,
    } satisfies Outcome;
    const { findings, remedies, remaining } = bounded(outcome);
    assert.deepEqual(
      [findings.length, findings[50], remaining?.length, remedies],
      [51, "… and 2 more.", 51, ["x"]],
    );
  });
});
