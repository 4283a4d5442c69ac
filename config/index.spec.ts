import assert from "node:assert/strict";
import { readStack } from "../rehearsal/stack";
import { asPulumi, valid } from "../tests/support/configuration";
import { readSettings } from ".";

describe("readSettings", () => {
  it("completes a minimal configuration with the defaults", () => {
    const settings = readSettings(asPulumi(valid));

    assert.equal(settings.partition, "aws");
    assert.deepEqual(settings.regions, ["eu-west-1", "eu-central-1", "us-east-1"]);
    assert.equal(settings.accessRoleName, "OrganizationAccountAccessRole");
    assert.equal(settings.credentialsAccountId, "111111111111");
    assert.equal(settings.protectEvidence, true);
    assert.deepEqual(
      settings.governed.map(({ name }) => name),
      ["management", "security", "log-archive", "payments"],
    );
    assert(settings.controls.length > 0);
    assert(settings.controls.every(({ mode }) => mode === "notify"));
  });

  it("governs only members when the core accounts are left out", () => {
    const settings = readSettings(asPulumi({ ...valid, governCoreAccounts: false }));

    assert.deepEqual(
      settings.governed.map(({ name }) => name),
      ["payments"],
    );
  });

  it("takes the region of global services from the partition", () => {
    const settings = readSettings(asPulumi({ ...valid, homeRegion: "us-gov-east-1", regions: [] }));

    assert.equal(settings.partition, "aws-us-gov");
    assert.deepEqual(settings.regions, ["us-gov-east-1", "us-gov-west-1"]);
  });

  it("ignores other namespaces", () => {
    assert.doesNotThrow(() => readSettings({ ...asPulumi(valid), "aws:region": "eu-west-1" }));
  });
});

describe("the stacks that come with the program", () => {
  for (const stack of ["dev", "prod", "local"]) {
    it(`has a valid Pulumi.${stack}.yaml`, () => {
      assert.doesNotThrow(() => readSettings(readStack(stack).configuration));
    });
  }
});
