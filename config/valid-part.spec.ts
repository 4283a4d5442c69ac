import assert from "node:assert/strict";
import { faultsOf, valid } from "../tests/support/configuration";

const pathsOf = (values: object) => faultsOf(values).map(({ path }) => path.replace("bailiwick:", ""));

describe("a configuration with many faults", () => {
  it("reports all of them at once, also those that only values together show", () => {
    const paths = pathsOf({
      ...valid,
      regions: ["Foo"],
      security: { id: "111111111111" },
      members: [
        { name: "payments", id: "444444444444" },
        { name: "payments", id: "555555555555" },
      ],
      controls: {
        nope: { mode: "enforce" },
        "ec2-security-group-admin-ports-closed": { parameters: { ports: [70_000] } },
      },
      trail: { coldStorageAfterDays: 200, retentionDays: 100 },
    });

    assert.deepEqual(paths.sort(), [
      "controls.ec2-security-group-admin-ports-closed.parameters.ports[0]",
      "controls.nope",
      "members[1].name",
      "regions[0]",
      "security.id",
      "trail.coldStorageAfterDays",
    ]);
  });

  it("reports none that merely follow from others", () => {
    const control = { "s3-bucket-policy-not-public": { organizationalUnits: { prod: "off" } } };
    const exemption = {
      control: "s3-bucket-policy-not-public",
      resource: "arn:aws:s3:::website",
      accounts: ["444444444444"],
      owner: "web@example.com",
      reason: "website",
      expires: "2099-01-31",
    };
    const members = [{ name: "payments", id: "444444444444", organizationalUnit: "prod" }];
    const values = { ...valid, members, controls: control, exemptions: [exemption] };
    assert.deepEqual(pathsOf(values), []);

    assert.deepEqual(pathsOf({ ...values, members: [...members, { name: "web", id: "5" }] }), [
      "members[1].id",
    ]);
    assert.deepEqual(pathsOf({ ...values, homeRegion: "Frankfurt" }), ["homeRegion"]);
    assert.deepEqual(pathsOf({ ...values, organizationId: undefined, management: {} }).sort(), [
      "management.id",
      "organizationId",
    ]);
  });

  it("reports accounts that aren't the organization's", () => {
    const accounts = ["444444444445"];
    const paths = pathsOf({
      ...valid,
      controls: { "s3-bucket-policy-not-public": { accounts: { "444444444445": "off" } } },
      exemptions: [
        {
          control: "s3-bucket-policy-not-public",
          resource: "arn:aws:s3:::website",
          accounts,
          owner: "web@example.com",
          reason: "website",
          expires: "2099-01-31",
        },
      ],
      channels: { mail: { email: { addresses: ["a@example.com"] }, accounts } },
    });

    assert.deepEqual(paths, [
      "controls.s3-bucket-policy-not-public.accounts.444444444445",
      "exemptions[0].accounts[0]",
      "channels.mail.accounts[0]",
    ]);
  });

  it("shows an example for each of them", () => {
    const faults = faultsOf({
      ...valid,
      homeRegion: 7,
      surplus: true,
      controls: { nope: {} },
      members: "none",
    });

    assert.equal(faults.length, 4);
    for (const { path, example } of faults) assert.notEqual(example.trim(), "", path);
  });
});
