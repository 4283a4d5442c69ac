import {
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListMFADevicesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, eventsOf, oddEvents, reference, sdkError } from "../lib/testing";
import { control } from "./control";
import { DENY_WITHOUT_MFA, POLICY_NAME, remediation } from "./remediate";

const POLICY = JSON.stringify(DENY_WITHOUT_MFA);
const named = { UserName: "pilot", PolicyName: POLICY_NAME };
const context = {
  resource: reference(
    control.resourceType,
    "harbour/crew/pilot",
    "arn:aws:iam::210987654321:user/harbour/crew/pilot",
  ),
  parameters: {},
  aws: CREDENTIALS,
};

describe("iam-user-mfa-required: which user an event is about", () => {
  const idOf = (name: string) => control.resource(eventsOf(control.id).get(name)!)?.id;

  it("takes the path from the answer to CreateUser, and the bare name elsewhere", () => {
    assert.equal(idOf("matching-create"), "pilot");
    assert.equal(idOf("matching-create-with-path"), "harbour/crew/pilot");
    assert.equal(idOf("matching-enable-device"), "pilot");
  });

  it("accepts no name that could widen a policy", () => {
    const like = eventsOf(control.id).get("matching-enable-device")!;
    for (const odd of oddEvents(like)) assert.equal(control.resource(odd)?.id ?? "text", "text");
    for (const userName of ["*", "a*", "pil?t", "${aws:username}", "a b", "a//b", ""])
      assert.equal(
        control.resource({ ...like, detail: { requestParameters: { userName } } }),
        undefined,
        userName,
      );
  });
});

describe("iam-user-mfa-required: remediation", () => {
  const iam = mockClient(IAMClient);
  beforeEach(() => iam.reset());
  after(() => iam.restore());

  const state = (devices: number, policy: string | null) => {
    iam.on(ListMFADevicesCommand, { UserName: "pilot" }).resolves({
      MFADevices: Array.from({ length: devices }, () => ({
        UserName: "pilot",
        SerialNumber: "s",
        EnableDate: new Date(),
      })),
    });
    if (policy === null) iam.on(GetUserPolicyCommand).rejects(sdkError("NoSuchEntityException"));
    else
      iam.on(GetUserPolicyCommand, named).resolves({ ...named, PolicyDocument: encodeURIComponent(policy) });
    return remediation.evaluate(context);
  };

  it("finds a user without a device and without the policy", async () => {
    assert.deepEqual(await state(0, null), {
      state: "violation",
      findings: ["The user pilot has no MFA device and is not denied access without one."],
      before: { devices: 0, policy: null },
      remedies: ["Attach the inline policy bailiwick-mfa-required to the user until it has a device."],
    });
  });

  it("finds a policy of that name with other content", async () => {
    const other = '{"Version":"2012-10-17","Statement":[]}';
    const found = await state(0, other);
    assert.equal(found.state, "violation");
    const unreadable = await state(0, "{");
    assert.equal(unreadable.state, "violation");
  });

  it("accepts a user with the policy, and one with a device", async () => {
    assert.deepEqual(await state(0, POLICY), {
      state: "compliant",
      why: "The user has no MFA device, and is denied everything without one.",
      after: { devices: 0, policy: POLICY },
    });
    assert.deepEqual(await state(1, null), {
      state: "compliant",
      why: "The user has an MFA device.",
      after: { devices: 1, policy: null },
    });
  });

  it("removes the policy when there is a device", async () => {
    const found = await state(1, POLICY);
    assert.deepEqual(found, {
      state: "violation",
      findings: ["The user pilot now has an MFA device but is still denied everything without it."],
      before: { devices: 1, policy: POLICY },
      remedies: ["Remove the inline policy bailiwick-mfa-required."],
    });
    assert(found.state === "violation");
    await remediation.fix(context, found);
    assert.deepEqual(iam.commandCalls(DeleteUserPolicyCommand)[0]?.args[0].input, named);
  });

  it("attaches the policy, and an undo removes it again", async () => {
    const found = await state(0, null);
    assert(found.state === "violation");
    await remediation.fix(context, found);
    assert.deepEqual(iam.commandCalls(PutUserPolicyCommand)[0]?.args[0].input, {
      ...named,
      PolicyDocument: POLICY,
    });

    iam.on(DeleteUserPolicyCommand).rejects(sdkError("NoSuchEntityException"));
    await remediation.undo?.(context, found.before);
    assert.equal(iam.commandCalls(DeleteUserPolicyCommand).length, 1);
  });

  it("finds a deleted user absent, and throws other errors", async () => {
    iam.on(ListMFADevicesCommand).rejects(sdkError("NoSuchEntityException"));
    assert.deepEqual(await remediation.evaluate(context), { state: "absent" });
    iam.on(ListMFADevicesCommand).rejects(sdkError("AccessDenied"));
    await assert.rejects(remediation.evaluate(context), { name: "AccessDenied" });
  });

  it("denies everything except what setting up a device needs, and only without MFA", () => {
    const [statement] = DENY_WITHOUT_MFA.Statement;
    assert.deepEqual(statement?.Condition, { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } });
    for (const action of ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"])
      assert(statement?.NotAction.includes(action));
    for (const action of ["iam:DeactivateMFADevice", "iam:DeleteUserPolicy", "iam:CreateAccessKey"])
      assert(!statement?.NotAction.includes(action));
  });
});
