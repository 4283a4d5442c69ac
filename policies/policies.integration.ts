import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";

describe("the policy pack", () => {
  it("starts as Pulumi starts it, and says where it listens", async () => {
    const run = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const pack = spawn(process.execPath, [run, "127.0.0.1:1", "."], { cwd: __dirname });
    try {
      const [line] = (await once(pack.stdout, "data")) as [Buffer];

      assert.match(line.toString(), /^\d{2,5}\s*$/);
    } finally {
      pack.kill();
      await once(pack, "exit");
    }
  });
});
