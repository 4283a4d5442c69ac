import assert from "node:assert/strict";
import { tinyCall } from "../gateway/testing/tiny-models";
import { ServiceSessions } from "./service-sessions";

const role = { arn: "arn:aws:iam::333333333333:role/worker", id: "AROA1", name: "worker" };
const byRole = (accessKeyId: string, requestHeaders: Record<string, string> = {}) =>
  tinyCall({
    accessKeyId,
    http: { requestHeaders },
    identity: {
      type: "AssumedRole",
      arn: "arn:aws:sts::333333333333:assumed-role/worker/job",
      accountId: "333333333333",
      principalId: "AROA1:job",
      role,
    },
  });

describe("A session that a service opened", () => {
  const trusting = (trusted: string | undefined) =>
    new ServiceSessions(
      Promise.resolve({
        authorize: ({ principal }) =>
          Promise.resolve(
            "service" in principal && principal.service === trusted
              ? { allowed: true }
              : { allowed: false, reason: "no" },
          ),
      }),
    );

  it("is recorded once, as the service's AssumeRole", async () => {
    const sessions = trusting("lambda.amazonaws.com");

    const record = await sessions.firstUse(byRole("ASIA1"));

    assert.deepEqual(record?.userIdentity, { type: "AWSService", invokedBy: "lambda.amazonaws.com" });
    assert.deepEqual(record?.requestParameters, { roleArn: role.arn, roleSessionName: "job" });
    assert.deepEqual(
      [record?.eventName, record?.sourceIPAddress, record?.readOnly],
      ["AssumeRole", "lambda.amazonaws.com", true],
    );
    assert.equal(await sessions.firstUse(byRole("ASIA1")), undefined);
  });

  it("belongs to the service that the role trusts", async () => {
    const record = await trusting("ecs-tasks.amazonaws.com").firstUse(byRole("ASIA1"));

    assert.equal(record?.userIdentity.invokedBy, "ecs-tasks.amazonaws.com");
  });

  it("is recorded with its token, as far as the call has it, and with its expiry by service", async () => {
    const credentialsOf = async (service: string, headers: Record<string, string>) => {
      const record = await trusting(service).firstUse(byRole("ASIA1", headers));
      return record?.responseElements?.["credentials"];
    };

    assert.deepEqual(await credentialsOf("lambda.amazonaws.com", { "x-amz-security-token": "IQo" }), {
      accessKeyId: "ASIA1",
      sessionToken: "IQo",
      expiration: "Jan 2, 2026, 3:04:05 PM",
    });
    assert.deepEqual(await credentialsOf("ecs-tasks.amazonaws.com", {}), {
      accessKeyId: "ASIA1",
      expiration: "Jan 2, 2026, 9:04:05 AM",
    });
    assert.deepEqual(await credentialsOf("states.amazonaws.com", {}), {
      accessKeyId: "ASIA1",
      expiration: "Jan 2, 2026, 4:04:05 AM",
    });
  });

  it("is not recorded when the role trusts no service, or when a caller assumed the role", async () => {
    const sessions = trusting("lambda.amazonaws.com");
    await sessions.firstUse(tinyCall({ service: "sts", output: { Credentials: { AccessKeyId: "ASIA2" } } }));

    assert.equal(await sessions.firstUse(byRole("ASIA2")), undefined);
    assert.equal(await trusting(undefined).firstUse(byRole("ASIA1")), undefined);
    assert.equal(await sessions.firstUse(tinyCall({})), undefined);
  });
});
