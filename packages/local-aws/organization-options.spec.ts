import assert from "node:assert/strict";
import { planOrganization, type OrganizationOptions } from "./organization-options";

const MANAGEMENT = { id: "111111111111", name: "root", kind: "management" };
const MEMBER = { id: "222222222222", name: "payments" };

const refusal = (options: Partial<OrganizationOptions>): string => {
  try {
    planOrganization({ accounts: [MANAGEMENT, MEMBER], ...options });
  } catch (error) {
    assert(error instanceof Error && error.name === "OrganizationOptionsError");
    return error.message;
  }
  return assert.fail("It was taken.");
};

describe("the options of an organization", () => {
  it("are accounts; everything else has a default", () => {
    assert.deepEqual(planOrganization({ accounts: [MEMBER, MANAGEMENT] }), {
      organizationId: "o-localaws00",
      partition: "aws",
      homeRegion: "us-east-1",
      regions: ["us-east-1"],
      accessRoleName: "OrganizationAccountAccessRole",
      management: MANAGEMENT,
      accounts: [{ ...MEMBER, kind: "member" }, MANAGEMENT],
    });
  });

  it("keep words of their own for the kinds of accounts, and take the partition from the home region", () => {
    const audit = { id: "333333333333", name: "audit", kind: "audit" };
    const plan = planOrganization({ accounts: [MANAGEMENT, audit], homeRegion: "us-gov-west-1" });

    assert.deepEqual(plan.accounts, [MANAGEMENT, audit]);
    assert.equal(plan.partition, "aws-us-gov");
  });

  it("name exactly one management account", () => {
    assert.equal(refusal({ accounts: [MEMBER] }), 'No account has the kind "management": exactly one must.');
    assert.equal(
      refusal({ accounts: [MANAGEMENT, { ...MEMBER, kind: "management" }] }),
      '2 accounts have the kind "management": exactly one must.',
    );
  });

  for (const [what, options, message] of [
    [
      "an id that is not 12 digits",
      { accounts: [MANAGEMENT, { ...MEMBER, id: "2222" }] },
      'The account "payments" has the id "2222": it must be 12 digits.',
    ],
    [
      "an id twice",
      { accounts: [MANAGEMENT, { ...MEMBER, id: MANAGEMENT.id }] },
      'Two accounts have the id "111111111111": each needs its own.',
    ],
    [
      "a name twice",
      { accounts: [MANAGEMENT, { ...MEMBER, name: "root" }] },
      'Two accounts have the name "root": each needs its own.',
    ],
    [
      "an empty name",
      { accounts: [MANAGEMENT, { ...MEMBER, name: "" }] },
      "The account 222222222222 has an empty name.",
    ],
    [
      "an organization's id of another form",
      { organizationId: "o-short" },
      'organizationId is "o-short": it must be o- and 10 to 32 lower-case letters and digits.',
    ],
    ["no region", { homeRegion: "Frankfurt" }, '"Frankfurt" is not a region: write one like eu-central-1.'],
    ["no regions", { regions: ["eu-west-1", "x"] }, '"x" is not a region: write one like eu-central-1.'],
    [
      "a role's name that IAM refuses",
      { accessRoleName: "a b" },
      'accessRoleName is "a b": IAM takes 1 to 64 letters, digits and +=,.@_-.',
    ],
  ] as const)
    it(`refuse ${what}`, () => assert.equal(refusal(options), message));

  it("are refused with every reason at once, a line each", () => {
    assert.equal(refusal({ organizationId: "x", homeRegion: "y" }).split("\n").length, 2);
  });
});
