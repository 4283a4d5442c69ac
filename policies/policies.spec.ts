import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
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

  it("is mandatory for what is critical or high, but for two that advise only", () => {
    // What they find in a program need not be what the control is about: no program knows a user's MFA device, and databases may go.
    const advising = ["iam-user-mfa-required", "rds-database-deletion-reported"];
    for (const { name, enforcementLevel } of policies) {
      const { severity } = controlById(name);
      const grave = ["critical", "high"].includes(severity);
      assert.equal(enforcementLevel, grave && !advising.includes(name) ? "mandatory" : "advisory", name);
    }
  });

  it("starts as Pulumi starts it, and says where it listens", async () => {
    const run = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const pack = spawn(process.execPath, [run, "127.0.0.1:1", "."], { cwd: path.join(__dirname) });
    try {
      const [line] = (await once(pack.stdout, "data")) as [Buffer];

      assert.match(line.toString(), /^\d{2,5}\s*$/);
    } finally {
      pack.kill();
      await once(pack, "exit");
    }
  });
});
