import assert from "node:assert/strict";
import { MANAGEMENT, MEMBER, rootOf } from "../cloudtrail/testing/recorded-organization";
import {
  ALLOW_ALL,
  ORGANIZATION_ROOT,
  document,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

const SCP = "SERVICE_CONTROL_POLICY";
const RCP = "RESOURCE_CONTROL_POLICY";
const DENY = { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" };
const MALFORMED = {
  code: "MalformedPolicyDocumentException",
  message: "The provided policy document does not meet the requirements of the specified policy type.",
};

describe("Organizations", () => {
  let organization: GovernedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
  });
  after(() => organization?.stop());

  const done = (operation: string, parameters: object) =>
    organization.done("organizations", operation, parameters);
  const refused = (operation: string, parameters: object) =>
    organization.refused("organizations", operation, parameters, rootOf(MANAGEMENT));
  let made = 0;
  const creating = (Type: string, Content: string) => ({
    Name: `made-${(made += 1)}`,
    Description: "",
    Type,
    Content,
  });
  const attached = async (Filter: string, TargetId: string) => {
    const { Policies } = await done("ListPoliciesForTarget", { TargetId, Filter });
    return (Policies as { Name: string }[]).map(({ Name }) => Name);
  };
  const unit = async (ParentId: string, Name: string) => {
    const answer = await done("CreateOrganizationalUnit", { ParentId, Name });
    return (answer["OrganizationalUnit"] as { Id: string }).Id;
  };

  it("refuses SCPs that AWS refuses", async () => {
    const scp = (statement: object) => document({ ...ALLOW_ALL, ...statement });
    const faulty = {
      "no JSON": "{",
      "no version": JSON.stringify({ Statement: [ALLOW_ALL] }),
      "another version": JSON.stringify({ Version: "2008-10-17", Statement: [ALLOW_ALL] }),
      "no statement": document(),
      "a principal": scp({ Principal: "*" }),
      "no effect": scp({ Effect: undefined }),
      "two kinds of actions": scp({ NotAction: "s3:*" }),
      "no resource": scp({ Resource: undefined }),
      "a service without a name": scp({ Action: "s3" }),
      "a resource that is no ARN": scp({ Resource: "bucket" }),
      "an unknown element": scp({ Resources: "*" }),
      "a condition without values": scp({ Condition: { StringEquals: { "aws:PrincipalArn": null } } }),
    };
    for (const [what, content] of Object.entries(faulty))
      assert.deepEqual(await refused("CreatePolicy", creating(SCP, content)), MALFORMED, what);
    const sound = [
      document({ Effect: "Allow", NotAction: ["iam:*", "s3:Get*Object"], NotResource: "arn:aws:s3:::a/*" }),
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { ...ALLOW_ALL, Condition: { Bool: { "aws:ViaAWSService": true } } },
      }),
    ];
    for (const content of sound)
      assert.equal(await refused("CreatePolicy", creating(SCP, content)), undefined);
  });

  it("refuses RCPs that AWS refuses", async () => {
    const rcp = (statement: object) => document({ ...DENY, ...statement });
    const faulty = {
      "an Allow": rcp({ Effect: "Allow" }),
      "no principal": rcp({ Principal: undefined }),
      "somebody as principal": rcp({ Principal: { AWS: MEMBER } }),
      "all actions": rcp({ Action: "*" }),
      "all actions but some": rcp({ Action: undefined, NotAction: "s3:*" }),
    };
    for (const [what, content] of Object.entries(faulty))
      assert.deepEqual(await refused("CreatePolicy", creating(RCP, content)), MALFORMED, what);
    assert.equal(await refused("CreatePolicy", creating(RCP, rcp({}))), undefined);
  });

  it("counts white space in the sizes of policies, when they are changed too", async () => {
    const filled = (content: string, length: number) => content.slice(0, -1).padEnd(length - 1) + "}";
    const long = {
      code: "ConstraintViolationException",
      message: "You have exceeded the content size limit for a policy.",
    };
    for (const [type, statement, most] of [
      [SCP, ALLOW_ALL, 10_240],
      [RCP, DENY, 5_120],
    ] as const) {
      assert.deepEqual(
        await refused("CreatePolicy", creating(type, filled(document(statement), most + 1))),
        long,
      );
      const { Policy } = await done("CreatePolicy", creating(type, filled(document(statement), most)));
      const PolicyId = (Policy as { PolicySummary: { Id: string } }).PolicySummary.Id;
      const change = { PolicyId, Content: filled(document(statement), most + 1) };
      assert.deepEqual(await refused("UpdatePolicy", change), long);
      assert.deepEqual(await refused("UpdatePolicy", { PolicyId, Content: "{}" }), MALFORMED);
    }
  });

  it("attaches ten SCPs and five RCPs to a target, of which AWS's own counts, and keeps the last SCP and that RCP", async () => {
    const target = await unit(ORGANIZATION_ROOT, "limits");
    assert.deepEqual(await attached(RCP, target), []);
    await done("EnablePolicyType", { RootId: ORGANIZATION_ROOT, PolicyType: RCP });
    assert.deepEqual(await attached(RCP, target), ["RCPFullAWSAccess"]);
    assert.deepEqual(await attached(SCP, target), ["FullAWSAccess"]);
    const many = {
      code: "ConstraintViolationException",
      message: "You have attached the maximum number of policies of this type to the specified target.",
    };
    for (const [type, statement, most] of [
      [SCP, ALLOW_ALL, 10],
      [RCP, DENY, 5],
    ] as const) {
      for (let count = 1; count < most; count += 1)
        await organization.attach(type, document(statement), target);
      const { Policy } = await done("CreatePolicy", creating(type, document(statement)));
      const PolicyId = (Policy as { PolicySummary: { Id: string } }).PolicySummary.Id;
      assert.deepEqual(await refused("AttachPolicy", { PolicyId, TargetId: target }), many);
      assert.equal((await attached(type, target)).length, most);
    }
    const last = { PolicyId: "p-FullAWSAccess", TargetId: MEMBER };
    assert.deepEqual(await refused("DetachPolicy", last), {
      code: "ConstraintViolationException",
      message: "You cannot remove the last policy of this type attached to the specified target.",
    });
    const own = { PolicyId: "p-RCPFullAWSAccess", TargetId: target };
    assert.equal((await refused("DetachPolicy", own))?.code, "InvalidInputException");
    assert.equal((await refused("DeletePolicy", { PolicyId: own.PolicyId }))?.code, "AccessDeniedException");
  });

  it("gives new units and accounts AWS's own policies, and keeps units that hold something", async () => {
    const outer = await unit(ORGANIZATION_ROOT, "outer");
    const inner = await unit(outer, "inner");
    const { CreateAccountStatus } = await done("CreateAccount", {
      AccountName: "new",
      Email: "new@example.com",
    });
    const { AccountId } = CreateAccountStatus as { AccountId: string };
    for (const target of [outer, inner, AccountId]) {
      assert.deepEqual(await attached(SCP, target), ["FullAWSAccess"]);
      assert.deepEqual(await attached(RCP, target), ["RCPFullAWSAccess"]);
    }
    const move = (SourceParentId: string, DestinationParentId: string) => ({
      AccountId,
      SourceParentId,
      DestinationParentId,
    });
    assert.equal((await refused("MoveAccount", move(inner, outer)))?.code, "SourceParentNotFoundException");
    await done("MoveAccount", move(ORGANIZATION_ROOT, inner));
    for (const OrganizationalUnitId of [inner, outer])
      assert.equal(
        (await refused("DeleteOrganizationalUnit", { OrganizationalUnitId }))?.code,
        "OrganizationalUnitNotEmptyException",
      );
    await done("MoveAccount", move(inner, ORGANIZATION_ROOT));
    await done("DeleteOrganizationalUnit", { OrganizationalUnitId: inner });
    assert.equal(
      (await refused("CreateOrganizationalUnit", { ParentId: inner, Name: "x" }))?.code,
      "ParentNotFoundException",
    );
    const again = { ParentId: ORGANIZATION_ROOT, Name: "outer" };
    assert.equal(
      (await refused("CreateOrganizationalUnit", again))?.code,
      "DuplicateOrganizationalUnitException",
    );
    let deepest = outer;
    for (const name of ["2", "3", "4", "5"]) deepest = await unit(deepest, name);
    assert.equal(
      (await refused("CreateOrganizationalUnit", { ParentId: deepest, Name: "6" }))?.code,
      "ConstraintViolationException",
    );
  });
});
