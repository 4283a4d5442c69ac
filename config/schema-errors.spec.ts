import assert from "node:assert/strict";
import { asPulumi, faultsOf, valid } from "../tests/support/configuration";
import { readSettings } from ".";

describe("readSettings", () => {
  it("lists every fault at once, with its path, what was found, what is expected and an example", () => {
    const faults = faultsOf({
      ...valid,
      organizationId: undefined,
      homeRegion: "Ireland",
      security: { id: 222222222222 },
      trail: { retentionDays: 10 },
    });

    assert.deepEqual(faults, [
      {
        path: "bailiwick:organizationId",
        found: "nothing",
        expected: "the organization's id",
        example: "o-a1b2c3d4e5",
      },
      {
        path: "bailiwick:homeRegion",
        found: '"Ireland"',
        expected: "the code of an AWS region",
        example: "eu-west-1",
      },
      {
        path: "bailiwick:security.id",
        found: "222222222222",
        expected: "12 digits in quotes",
        example: '"210987654321"',
      },
      {
        path: "bailiwick:trail.retentionDays",
        found: "10",
        expected: "a whole number of days from 90 to 36500",
        example: "2557",
      },
    ]);
  });

  it("states the whole fault in the message", () => {
    assert.throws(() => readSettings(asPulumi({ ...valid, homeRegion: "Ireland" })), {
      name: "ConfigurationError",
      message:
        "The stack's configuration has one fault (edit Pulumi.<stack>.yaml):\n" +
        '  bailiwick:homeRegion: found "Ireland", expected the code of an AWS region, for example eu-west-1',
    });
  });

  it("lists the known keys when one is unknown", () => {
    const [fault] = faultsOf({ ...valid, trail: { retentionDay: 400 } });

    assert.equal(fault?.path, "bailiwick:trail.retentionDay");
    assert.equal(fault.found, "an unknown key");
    assert.match(fault.expected, /^one of name, bucketName, .*retentionDays/);
  });

  it("refuses an unknown top-level key", () => {
    const [fault] = faultsOf({ ...valid, organisationId: "o-a1b2c3d4e5" });

    assert.equal(fault?.path, "bailiwick:organisationId");
    assert.equal(fault.found, "an unknown key");
  });

  it("refuses an unknown mode", () => {
    const [fault] = faultsOf({ ...valid, controls: { "s3-bucket-policy-not-public": { mode: "fix" } } });

    assert.deepEqual(fault, {
      path: "bailiwick:controls.s3-bucket-policy-not-public.mode",
      found: '"fix"',
      expected: "off, notify or enforce",
      example: "notify",
    });
  });
});
