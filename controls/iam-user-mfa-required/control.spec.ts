import {
  AttachUserPolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { CREDENTIALS, eventsOf, oddEvents, reference, sdkError } from "../lib/testing";
import { control } from "./control";
import { DOCUMENT, POLICY_NAME } from "./policy";
import { remediation } from "./remediate";

const PolicyArn = "arn:aws:iam::210987654321:policy/bailiwick-mfa-required";
const named = { UserName: "pilot", PolicyArn };
const user = reference(
  control.resourceType,
  "harbour/crew/pilot",
  "arn:aws:iam::210987654321:user/harbour/crew/pilot",
);
const context = { resource: user, parameters: {}, aws: CREDENTIALS };
const about = (resource: typeof user | undefined) => ({ ...context, resource: resource ?? assert.fail() });
const event = (name: string) => eventsOf(control.id).get(name) ?? assert.fail(name);

describe("iam-user-mfa-required: whom an event is about", () => {
  const idOf = (name: string) => control.resource(event(name))?.id;

  it("takes the path from the answer to CreateUser, and the bare name elsewhere", () => {
    assert.equal(idOf("matching-create"), "pilot");
    assert.equal(idOf("matching-create-with-path"), "harbour/crew/pilot");
    assert.equal(idOf("matching-deactivate-device"), "pilot");
    assert.equal(idOf("matching-policy-detached"), "pilot");
  });

  it("is the caller when the call names nobody: a user, or root", () => {
    assert.equal(idOf("matching-own-access-key"), "harbour/pilot");
    assert.equal(control.resource(event("matching-root-access-key"))?.arn, "arn:aws:iam::210987654321:root");
  });

  it("is the policy itself when somebody changes it, and nothing when it is another one", () => {
    const changed = event("matching-policy-changed");
    assert.equal(control.resource(changed)?.arn, PolicyArn);
    const other = { policyArn: `${PolicyArn}-2` };
    assert.equal(
      control.resource({ ...changed, detail: { ...changed.detail, requestParameters: other } }),
      undefined,
    );
  });

  it("accepts no name that could widen a policy", () => {
    const like = event("matching-deactivate-device");
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

  const state = (attached: string[], document: string | null = JSON.stringify(DOCUMENT), resource = user) => {
    iam.on(ListAttachedUserPoliciesCommand, { UserName: "pilot" }).resolves({
      AttachedPolicies: attached.map((arn) => ({ PolicyArn: arn, PolicyName: arn.split("/").at(-1) })),
    });
    iam.on(GetPolicyVersionCommand, { PolicyArn, VersionId: "v3" }).resolves({
      PolicyVersion: { Document: encodeURIComponent(document ?? "") },
    });
    if (document === null) iam.on(GetPolicyCommand).rejects(sdkError("NoSuchEntityException"));
    else iam.on(GetPolicyCommand, { PolicyArn }).resolves({ Policy: { DefaultVersionId: "v3" } });
    return remediation.evaluate(about(resource));
  };

  it("finds a user without the policy, whatever else it has", async () => {
    assert.deepEqual(await state(["arn:aws:iam::aws:policy/AdministratorAccess", `${PolicyArn}-2`]), {
      state: "violation",
      findings: ["The user pilot needs no MFA: it does not have the policy bailiwick-mfa-required."],
      before: { attached: false },
      remedies: ["Attach the policy bailiwick-mfa-required to the user."],
    });
  });

  it("accepts a user with the policy, with or without a device", async () => {
    assert.deepEqual(await state([PolicyArn]), {
      state: "compliant",
      why: "The user has the policy bailiwick-mfa-required.",
      after: { attached: true },
    });
  });

  it("reports a policy that somebody changed, which it may not change back", async () => {
    const changed = "The policy bailiwick-mfa-required of account 210987654321 is changed: deploy it again.";
    for (const document of ['{"Version":"2012-10-17","Statement":[]}', "{"])
      assert.deepEqual(await state([PolicyArn], document), {
        state: "violation",
        findings: [changed],
        before: { attached: true },
        remedies: [],
      });
    const policy = control.resource(event("matching-policy-changed"));
    assert.deepEqual(await state([], "{}", policy), {
      state: "violation",
      findings: [changed],
      before: { attached: false },
      remedies: [],
    });
    assert.deepEqual(await state([], undefined, policy), {
      state: "compliant",
      why: "The policy bailiwick-mfa-required says what the stack deployed.",
    });
  });

  it("reports a policy that is gone, which it can't attach", async () => {
    assert.deepEqual(await state([], null), {
      state: "violation",
      findings: [
        "The user pilot needs no MFA: it does not have the policy bailiwick-mfa-required.",
        "The policy bailiwick-mfa-required of account 210987654321 is missing: deploy it again.",
      ],
      before: { attached: false },
      remedies: [],
    });
  });

  it("leaves the root user alone, which can have no policy", async () => {
    const found = await remediation.evaluate(about(control.resource(event("matching-root-access-key"))));
    assert.deepEqual(found, { state: "compliant", why: "The root user can have no policy." });
    assert.equal(iam.calls().length, 0);
  });

  it("attaches the policy, and an undo detaches it again", async () => {
    const found = await state([]);
    assert(found.state === "violation");
    await remediation.fix(context, found);
    assert.deepEqual(iam.commandCalls(AttachUserPolicyCommand)[0]?.args[0].input, named);

    iam.on(DetachUserPolicyCommand).rejects(sdkError("NoSuchEntityException"));
    await remediation.undo?.(context, found.before);
    assert.deepEqual(iam.commandCalls(DetachUserPolicyCommand)[0]?.args[0].input, named);
    await remediation.undo?.(context, { attached: true });
    assert.equal(iam.commandCalls(DetachUserPolicyCommand).length, 1);
  });

  it("says what to do when the user has as many policies as IAM allows", async () => {
    const found = await state([]);
    assert(found.state === "violation");
    iam.on(AttachUserPolicyCommand).rejects(sdkError("LimitExceededException"));
    await assert.rejects(remediation.fix(context, found), {
      name: "PermanentError",
      message:
        "The user pilot has as many managed policies as IAM allows: detach one, and attach bailiwick-mfa-required.",
    });
  });

  it("finds a deleted user absent, and throws other errors", async () => {
    await state([]);
    iam.on(ListAttachedUserPoliciesCommand).rejects(sdkError("NoSuchEntityException"));
    assert.deepEqual(await remediation.evaluate(context), { state: "absent" });
    iam.on(ListAttachedUserPoliciesCommand).rejects(sdkError("AccessDenied"));
    await assert.rejects(remediation.evaluate(context), { name: "AccessDenied" });
  });

  it("may attach and detach one policy alone, and write none", () => {
    const scope = { partition: "aws", account: "210987654321", region: "*", id: "*" };
    const statements = [
      ...(control.fixPermissions?.(scope) ?? []),
      ...(control.undoPermissions?.(scope) ?? []),
    ];

    assert.deepEqual(
      statements.map(({ Action, Condition }) => [Action, Condition]),
      [
        ["iam:AttachUserPolicy", { ArnEquals: { "iam:PolicyARN": PolicyArn } }],
        ["iam:DetachUserPolicy", { ArnEquals: { "iam:PolicyARN": PolicyArn } }],
      ],
    );
    assert.doesNotMatch(
      JSON.stringify([...statements, ...(control.readPermissions?.(scope) ?? [])]),
      /iam:(Put|Create|Set|Update)/,
    );
  });
});

describe("iam-user-mfa-required: the policy", () => {
  const [onlyEnrol, onlyItself, noKey] = DOCUMENT.Statement as [
    { NotAction: string[]; Condition: object },
    { Action: string[]; NotResource: string[]; Condition: object },
    { Action: string[]; Condition: object },
  ];
  const ENROLMENT = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"];

  it("judges the session, so that having a device opens nothing", () => {
    const withoutMfa = { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } };
    assert.deepEqual([onlyEnrol.Condition, onlyItself.Condition], [withoutMfa, withoutMfa]);
  });

  it("lets a session without MFA enrol a device, and neither remove one nor its own lock", () => {
    for (const action of ENROLMENT) assert(onlyEnrol.NotAction.includes(action));
    for (const action of ["iam:DeactivateMFADevice", "iam:DetachUserPolicy", "iam:CreateAccessKey"])
      assert(!onlyEnrol.NotAction.includes(action));
    // Everything that it leaves open changes nothing, or concerns the user itself.
    const open = onlyEnrol.NotAction.filter((action) => !/:(Get|List)/.test(action));
    assert.deepEqual(
      open.filter((action) => !onlyItself.Action.includes(action)),
      ["iam:CreateVirtualMFADevice"],
    );
    assert.deepEqual(onlyItself.NotResource, [
      "arn:*:iam::*:user/${aws:username}",
      "arn:*:iam::*:user/*/${aws:username}",
    ]);
  });

  it("lets no access key enrol a device, with or without MFA", () => {
    assert.deepEqual(noKey.Condition, { Null: { "aws:TokenIssueTime": "true" } });
    for (const action of [...ENROLMENT, "iam:ResyncMFADevice", "iam:ChangePassword"])
      assert(noKey.Action.includes(action));
  });

  it("fits into a managed policy, under the name that everything else uses", () => {
    assert.deepEqual(
      control.managedPolicies?.map(({ name }) => name),
      [POLICY_NAME],
    );
    assert(JSON.stringify(DOCUMENT).length < 6_144);
  });
});
