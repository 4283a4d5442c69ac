import assert from "node:assert/strict";
import * as v from "valibot";
import { controls } from "../controls";
import { asPulumi, faultsOf, valid } from "../tests/support/configuration";
import { readSettings } from ".";

describe("the controls that a configuration chooses", () => {
  it("exclude those that are off, and keep the modes of individual accounts", () => {
    const settings = readSettings(
      asPulumi({
        ...valid,
        controls: {
          "cloudtrail-trail-logging": { mode: "off" },
          "s3-bucket-policy-not-public": { mode: "enforce", accounts: { "444444444444": "notify" } },
        },
      }),
    );

    const ids = settings.controls.map(({ control }) => control.id);
    assert(!ids.includes("cloudtrail-trail-logging"));
    const s3 = settings.controls.find(({ control }) => control.id === "s3-bucket-policy-not-public");
    assert.equal(s3?.mode, "enforce");
    assert.deepEqual(s3.accountModes, { "444444444444": "notify" });
  });

  it("can't include an unknown one, and the fault lists the known ids", () => {
    const [fault] = faultsOf({ ...valid, controls: { "s3-bucket-public": { mode: "enforce" } } });

    assert.equal(fault?.path, "bailiwick:controls.s3-bucket-public");
    assert.match(fault.expected, /s3-bucket-policy-not-public/);
  });

  it("can't have parameters that they don't accept", () => {
    const given = { "cloudtrail-trail-logging": { parameters: { ports: [22] } } };

    const [fault] = faultsOf({ ...valid, controls: given });

    assert.equal(fault?.path, "bailiwick:controls.cloudtrail-trail-logging.parameters.ports");
  });

  it("validate their parameters", () => {
    const bad = { "ec2-security-group-admin-ports-closed": { parameters: { ports: [70_000] } } };

    const [fault] = faultsOf({ ...valid, controls: bad });

    assert.deepEqual(fault, {
      path: "bailiwick:controls.ec2-security-group-admin-ports-closed.parameters.ports[0]",
      found: "70000",
      expected: "a whole number from 0 to 65535",
      example: "[22,23,2375,2376,3389,5900,5901,5985,5986]",
    });
  });

  it("have a message of their own and an example for every parameter", () => {
    for (const { id, parameters } of controls) {
      if (parameters === undefined) continue;
      const names = Object.keys(v.parse(parameters, {}) as object);
      const bad = Object.fromEntries(names.map((name) => [name, { wrong: true }]));

      const faults = faultsOf({ ...valid, controls: { [id]: { parameters: bad } } });

      assert.deepEqual(
        faults.map(({ path }) => path),
        names.map((name) => `bailiwick:controls.${id}.parameters.${name}`),
      );
      for (const { path, expected, example } of faults) {
        assert.doesNotMatch(expected, /Invalid|Expected/, path);
        assert.notEqual(example, "{}", path);
      }
    }
  });
});
