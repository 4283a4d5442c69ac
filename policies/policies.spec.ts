import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import * as path from "node:path";
import { controlById, controls } from "../controls";
import { policies } from "./policies";

describe("the policy pack", () => {
  it("has one policy for each control that a program can violate, with the control's id as its name", () => {
    const preventable = controls.filter(({ id }) =>
      existsSync(path.join(__dirname, "..", "controls", id, "prevent.ts")),
    );

    assert.deepEqual(
      policies.map(({ name }) => name),
      preventable.map(({ id }) => id),
    );
  });

  it("is mandatory for critical and high severity, unless the policy states why it only advises", () => {
    for (const { name, enforcementLevel, advisoryBecause } of policies) {
      const { severity } = controlById(name);
      const isSevere = ["critical", "high"].includes(severity);
      assert.equal(
        enforcementLevel,
        isSevere && advisoryBecause === undefined ? "mandatory" : "advisory",
        name,
      );
      if (advisoryBecause !== undefined) assert.match(advisoryBecause, /^[A-Z].{30,150}\.$/, name);
    }
  });
});
