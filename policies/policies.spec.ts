import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { controls } from "../controls";
import { policies } from "./policies";

describe("the policy pack", () => {
  it("has one policy a control, named like it", () => {
    assert.deepEqual(
      policies.map(({ name }) => name),
      controls.map(({ id }) => id),
    );
  });

  it("is mandatory for what is critical or high", () => {
    for (const control of controls) {
      const policy = policies.find(({ name }) => name === control.id);
      const expected = ["critical", "high"].includes(control.severity) ? "mandatory" : "advisory";
      assert.equal(policy?.enforcementLevel, expected, control.id);
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
