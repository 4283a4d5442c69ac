import assert from "node:assert/strict";
import {
  MANAGEMENT,
  MEMBER,
  SECURITY,
  rootOf,
  type Credentials,
} from "../cloudtrail/testing/recorded-organization";
import {
  document,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

const FUNCTION_ROLE = `arn:aws:iam::${SECURITY}:role/functions/fixer`;
const USER = `arn:aws:iam::${SECURITY}:user/staff/ann`;
const TARGET = `arn:aws:iam::${MEMBER}:role/target`;
const trusting = (AWS: string | string[], Effect = "Allow") =>
  document({ Effect, Principal: { AWS }, Action: "sts:AssumeRole" });

describe("A trust policy", () => {
  let organization: GovernedOrganization;
  let session: Credentials;
  let user: Credentials;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
    session = await organization.session("fixer", { account: SECURITY, path: "/functions/" });
    user = await organization.user("ann", { account: SECURITY, path: "/staff/" });
    const role = { RoleName: "target", AssumeRolePolicyDocument: trusting([FUNCTION_ROLE, USER]) };
    await organization.done("iam", "CreateRole", role, rootOf(MEMBER));
  });
  after(() => organization?.stop());

  const assume = (by: Credentials) =>
    organization.refused("sts", "AssumeRole", { RoleArn: TARGET, RoleSessionName: "x1" }, by);
  const principals = async () => {
    const { Role } = await organization.done("iam", "GetRole", { RoleName: "target" }, rootOf(MEMBER));
    const policy = (Role as { AssumeRolePolicyDocument: { Statement: { Principal: { AWS: string[] } }[] } })
      .AssumeRolePolicyDocument;
    return policy.Statement[0]?.Principal.AWS;
  };
  const update = (PolicyDocument: string) =>
    organization.refused(
      "iam",
      "UpdateAssumeRolePolicy",
      { RoleName: "target", PolicyDocument },
      rootOf(MEMBER),
    );

  it("lets whom it names assume the role, and is read as it was written", async () => {
    assert.equal(await assume(session), undefined);
    assert.equal(await assume(user), undefined);
    assert.deepEqual(await principals(), [FUNCTION_ROLE, USER]);
  });

  it("doesn't trust a role that was made again with the same name, and shows the id of the one that is gone", async () => {
    const by = rootOf(SECURITY);
    const { Role } = await organization.done("iam", "GetRole", { RoleName: "fixer" }, by);
    const { RoleId } = Role as { RoleId: string };
    await organization.done("iam", "DeleteRolePolicy", { RoleName: "fixer", PolicyName: "own" }, by);
    await organization.done("iam", "DeleteRole", { RoleName: "fixer" }, by);
    assert.deepEqual(await principals(), [RoleId, USER]);
    const again = await organization.session("fixer", { account: SECURITY, path: "/functions/" });

    assert.equal((await assume(again))?.code, "AccessDenied");
    assert.deepEqual(await principals(), [RoleId, USER]);
    assert.deepEqual(await update(trusting(RoleId)), {
      code: "MalformedPolicyDocument",
      message: `Invalid principal in policy: "AWS":"${RoleId}"`,
    });

    assert.equal(await update(trusting([FUNCTION_ROLE, USER])), undefined);
    assert.equal(await assume(again), undefined);
  });

  it("trusts an account's own choice of principals, whoever is made again", async () => {
    const byArn = document({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${SECURITY}:root` },
      Action: "sts:AssumeRole",
      Condition: { ArnEquals: { "aws:PrincipalArn": FUNCTION_ROLE } },
    });
    assert.equal(await update(byArn), undefined);
    const again = await organization.assume(FUNCTION_ROLE, rootOf(SECURITY));
    assert.equal(await assume(again), undefined);
    assert.equal((await assume(user))?.code, "AccessDenied");
  });

  it("is refused if it names nobody", async () => {
    const nobody = [
      `arn:aws:iam::${SECURITY}:role/nobody`,
      `arn:aws:iam::${SECURITY}:user/ann`,
      `arn:aws:iam::${SECURITY}:role/fixer`,
      `arn:aws:iam::${SECURITY}:role/*`,
      `arn:aws:iam::${SECURITY}:group/staff`,
      "AROAAAAAAAAAAAAAAAAAA",
      "somebody",
    ];
    for (const named of nobody) {
      const words = {
        code: "MalformedPolicyDocument",
        message: `Invalid principal in policy: "AWS":"${named}"`,
      };
      assert.deepEqual(await update(trusting([USER, named])), words);
      const role = { RoleName: "made", AssumeRolePolicyDocument: trusting(named) };
      assert.deepEqual(await organization.refused("iam", "CreateRole", role, rootOf(MANAGEMENT)), words);
    }
    for (const named of [
      "*",
      SECURITY,
      `arn:aws:iam::${SECURITY}:root`,
      `arn:aws:sts::${SECURITY}:assumed-role/fixer/x`,
    ])
      assert.equal(await update(trusting(named)), undefined, named);
  });

  it("denies by identity, too", async () => {
    const both = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: SECURITY }, Action: "sts:AssumeRole" },
        { Effect: "Deny", Principal: { AWS: USER }, Action: "sts:AssumeRole" },
      ],
    });
    assert.equal(await update(both), undefined);
    assert.equal((await assume(user))?.code, "AccessDenied");
    assert.equal(await assume(await organization.assume(FUNCTION_ROLE, rootOf(SECURITY))), undefined);
  });
});
