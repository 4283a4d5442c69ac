import assert from "node:assert/strict";
import { callError, CallError, EngineError } from "./errors";
import { failure } from "./operations";
import { Report } from "./report";
import type { EngineEvent } from "./types";
import { secret, UNKNOWN } from "./values";

const URN = "urn:pulumi:s::p::aws:s3/bucket:Bucket::logs";

describe("The engine's reports", () => {
  it("show no secret in any message", () => {
    const events: EngineEvent[] = [];
    const report = new Report((event) => events.push(event));
    report.addSecrets({ a: secret("hunter2"), b: secret("ab") });
    report.diagnostic({ severity: "warning", message: "the password hunter2 is weak" });
    report.failed(failure(URN, "create", new Error("hunter2 was refused; about ab")));
    assert.deepEqual(
      report.diagnostics.map(({ message }) => message),
      [
        "the password [secret] is weak",
        'aws:s3/bucket:Bucket "logs" could not be created: [secret] was refused; about ab.',
      ],
    );
    assert.ok(!JSON.stringify(events).includes("hunter2"));
  });

  it("show outputs, name the secret ones, and leave out unknown values", () => {
    const { outputs, secretOutputs } = new Report(() => undefined).result({
      a: secret("x"),
      b: { c: secret(1) },
      d: 2,
      e: ["y", UNKNOWN],
    });
    assert.deepEqual(outputs, { a: "x", b: { c: 1 }, d: 2 });
    assert.deepEqual(secretOutputs, ["a", "b"]);
  });
});

describe("A failure", () => {
  const answer = (name: string, status: number, message: string) =>
    callError(
      Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } }),
      "s3:CreateBucket",
      "eu-west-1",
    );
  const messageOf = (error: unknown) => failure(URN, "create", error).message;
  const start = 'aws:s3/bucket:Bucket "logs" could not be created: s3:CreateBucket in eu-west-1 failed with';

  it("gives the resource, the call, AWS's answer, and advice", () => {
    assert.equal(
      messageOf(answer("BucketAlreadyExists", 409, "It is taken.")),
      `${start} BucketAlreadyExists (HTTP 409): It is taken. Something of that name exists and is not in this stack's state: ` +
        "remove it, or choose another name.",
    );
    assert.match(
      messageOf(answer("AccessDenied", 403, "no")),
      /: no\. Look at the policies of the principal/,
    );
    assert.match(
      messageOf(answer("NotImplemented", 501, "no such thing")),
      /The emulator does not offer this/,
    );
    assert.match(
      messageOf(answer("InvalidParameter", 400, "Unknown CloudTrail action: 'X'")),
      /The emulator does not offer this/,
    );
  });

  it("says that nothing answers", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    assert.match(
      messageOf(callError(refused, "s3:CreateBucket", "eu-west-1")),
      /is the local organization up\?$/,
    );
  });

  it("is unchanged when no call was made", () => {
    const own = new EngineError("Not like this.");
    assert.equal(callError(own, "s3:X", "r"), own);
    assert.equal(messageOf(own), 'aws:s3/bucket:Bucket "logs" could not be created: Not like this.');
    assert.ok(!(callError(new TypeError("bug"), "s3:X", "r") instanceof CallError));
  });
});
