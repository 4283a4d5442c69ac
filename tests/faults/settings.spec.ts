import assert from "node:assert/strict";
import { ConfigurationError, readSettings } from "../../config";
import { readStack } from "../../rehearsal/stack";

const CONTROL = "s3-bucket-policy-not-public";
const settings = (changes: Record<string, unknown>) => readSettings(readStack("dev", changes).configuration);
const faultsOf = (changes: Record<string, unknown>) => {
  try {
    settings(changes);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path }) => path);
    throw error;
  }
  return [];
};
const members = [
  { name: "payments", id: "444444444444", organizationalUnit: "workloads/prod" },
  { name: "web", id: "555555555555", organizationalUnit: "workloads" },
  { name: "sandbox", id: "666666666666", organizationalUnit: "sandboxes" },
];
const exemption = {
  control: CONTROL,
  resource: "arn:aws:s3:::acme-website",
  owner: "web@example.com",
  reason: "Website",
  expires: "2027-01-31",
};

describe("modes by organizational unit", () => {
  const modesWith = (own: object) =>
    settings({
      "bailiwick:members": members,
      "bailiwick:controls": { [CONTROL]: { mode: "notify", ...own } },
    }).controls.find(({ control }) => control.id === CONTROL)?.accountModes;

  it("come from the nearest unit, unless the account has its own", () => {
    assert.deepEqual(
      modesWith({ organizationalUnits: { workloads: "enforce", "workloads/prod": "notify" } }),
      {
        "444444444444": "notify",
        "555555555555": "enforce",
      },
    );
    assert.deepEqual(
      modesWith({ organizationalUnits: { workloads: "enforce" }, accounts: { "444444444444": "off" } }),
      { "444444444444": "off", "555555555555": "enforce" },
    );
  });

  it("are refused for a unit without members, which is usually a mistake", () => {
    const changes = {
      "bailiwick:members": members,
      "bailiwick:controls": { [CONTROL]: { organizationalUnits: { workload: "enforce" } } },
    };
    assert.deepEqual(faultsOf(changes), [`bailiwick:controls.${CONTROL}.organizationalUnits.workload`]);
  });
});

describe("exemptions in the configuration", () => {
  it("are accepted unchanged, also expired ones, which the runtime reports", () => {
    const expired = { ...exemption, expires: "2020-01-31" };
    const { remediation } = settings({ "bailiwick:exemptions": [exemption, expired] });
    assert.deepEqual(remediation.exemptions, [exemption, expired]);
  });

  it("are refused when incomplete, for an unknown control, or for everything", () => {
    const broken = [
      { ...exemption, owner: "" },
      { ...exemption, expires: "next year" },
      { ...exemption, resource: "*" },
    ];
    assert.deepEqual(faultsOf({ "bailiwick:exemptions": broken }), [
      "bailiwick:exemptions[0].owner",
      "bailiwick:exemptions[1].expires",
      "bailiwick:exemptions[2].resource",
    ]);
    assert.deepEqual(faultsOf({ "bailiwick:exemptions": [{ ...exemption, control: "s3-bucket-blue" }] }), [
      "bailiwick:exemptions[0].control",
    ]);
  });

  it("by tag can't be granted to principals that any account could create", () => {
    const of = (arn: string) => faultsOf({ "bailiwick:exemptionTaggers": [arn] }).length;
    assert.equal(of("arn:aws:iam::222222222222:role/exemptions"), 0);
    assert.equal(of("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Security_*"), 0);
    assert.equal(of("arn:aws:iam::*:role/exemptions"), 1);
    assert.equal(of("*"), 1);
  });
});
