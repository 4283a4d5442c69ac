import assert from "node:assert/strict";
import { readSignIn, signInRecord, type SignIn } from "./sign-in";

const ACCOUNT = "333333333333";
const findUser = (_account: string, name: string) =>
  Promise.resolve(name === "alice" ? { arn: `arn:aws:iam::${ACCOUNT}:user/alice`, id: "AIDA1" } : undefined);
const attempt = (signIn: Partial<SignIn> = {}) =>
  signInRecord({ account: ACCOUNT, ...signIn }, findUser, Date.parse("2026-01-02T03:04:05.678Z"));

describe("A console sign-in", () => {
  it("of an IAM user is recorded with the user, in the endpoint's region", async () => {
    const { record, result } = await attempt({ userName: "alice", region: "eu-west-1", mfa: true });

    assert.deepEqual(result, { success: true });
    assert.deepEqual(
      [record.eventName, record.eventType, record.awsRegion, record.eventTime, record.requestParameters],
      ["ConsoleLogin", "AwsConsoleSignIn", "eu-west-1", "2026-01-02T03:04:05Z", null],
    );
    assert.deepEqual(record.responseElements, { ConsoleLogin: "Success" });
    assert.deepEqual(record.userIdentity, {
      type: "IAMUser",
      principalId: "AIDA1",
      arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
      accountId: ACCOUNT,
      userName: "alice",
    });
    assert.equal(record.additionalEventData?.["MFAUsed"], "Yes");
    assert.equal(record.errorMessage, undefined);
  });

  it("of root is recorded in us-east-1, whatever the endpoint", async () => {
    const { record } = await attempt({ region: "eu-west-1" });

    assert.equal(record.awsRegion, "us-east-1");
    assert.equal(record.userIdentity.type, "Root");
    assert.deepEqual(record.additionalEventData, {
      LoginTo: "https://console.aws.amazon.com/console/home",
      MobileVersion: "No",
      MFAUsed: "No",
    });
  });

  it("that fails is recorded as a failure, with nothing but the user's name", async () => {
    const { record, result } = await attempt({ userName: "alice", fails: true });

    assert.deepEqual(result, { success: false, message: "Failed authentication" });
    assert.equal(record.errorMessage, "Failed authentication");
    assert.deepEqual(record.responseElements, { ConsoleLogin: "Failure" });
    assert.deepEqual(record.userIdentity, {
      type: "IAMUser",
      accountId: ACCOUNT,
      accessKeyId: "",
      userName: "alice",
    });
  });

  it("of a missing user hides the name, which may be a password", async () => {
    const { record } = await attempt({ userName: "correct horse" });

    assert.equal(record.errorMessage, "No username found in supplied account");
    assert.equal(record.userIdentity.userName, "HIDDEN_DUE_TO_SECURITY_REASONS");
    assert.ok(!JSON.stringify(record).includes("correct horse"));
  });

  it("is read from the sign-in page's form, and from no other form", () => {
    const form = new URLSearchParams({
      action: "iam-user-authentication",
      account: ACCOUNT,
      username: "alice",
    });

    const read = readSignIn(form, "127.0.0.1", "agent");
    assert.deepEqual([read?.userName, read?.sourceAddress], ["alice", "127.0.0.1"]);
    form.set("from", "192.0.2.1");
    assert.equal(readSignIn(form, "127.0.0.1", "agent")?.sourceAddress, "192.0.2.1");
    form.set("from", "nowhere");
    assert.equal(readSignIn(form, "127.0.0.1", "agent"), undefined);
    form.delete("from");
    form.set("account", "abc");
    assert.equal(readSignIn(form, "127.0.0.1", "agent"), undefined);
    assert.equal(readSignIn(new URLSearchParams({ account: ACCOUNT }), "127.0.0.1", "agent"), undefined);
  });
});
