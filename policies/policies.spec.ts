import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as path from "node:path";
import { controlById, controls } from "../controls";
import { policies } from "./policies";

describe("the policy pack", () => {
  it("has one policy a control that a program can offend, named like it", () => {
    const preventable = controls.filter(({ id }) =>
      existsSync(path.join(__dirname, "..", "controls", id, "prevent.ts")),
    );

    assert.deepEqual(
      policies.map(({ name }) => name),
      preventable.map(({ id }) => id),
    );
  });

  it("is mandatory for what is critical or high, unless the policy states why it only advises", () => {
    for (const { name, enforcementLevel, advisoryBecause } of policies) {
      const { severity } = controlById(name);
      const grave = ["critical", "high"].includes(severity);
      assert.equal(enforcementLevel, grave && advisoryBecause === undefined ? "mandatory" : "advisory", name);
      if (advisoryBecause !== undefined) assert.match(advisoryBecause, /^[A-Z].{30,150}\.$/, name);
    }
  });
});
