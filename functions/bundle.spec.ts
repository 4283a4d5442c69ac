import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { controls } from "../controls";
import { bundleControl, bundleNotifier, bundleWatch } from "./bundle";
import { SETTINGS } from "./control/spec-support";

const MOST_ZIPPED_BYTES = 300 * 1024;

describe("bundles", () => {
  for (const { id } of controls) {
    describe(id, () => {
      it("fits into 300 KB zipped", () => {
        const zipped = deflateRawSync(bundleControl(id).code).length;
        assert.ok(zipped <= MOST_ZIPPED_BYTES, `${zipped} bytes`);
      });

      it("holds no path of this machine", () => {
        const { code } = bundleControl(id);
        for (const path of [process.cwd(), join(__dirname, ".."), tmpdir(), "node_modules/"])
          assert.ok(!code.includes(path), path);
      });

      it("starts on its own, anywhere, and exports a handler", function () {
        this.slow(2000);
        const folder = mkdtempSync(join(tmpdir(), "bundle-"));
        try {
          writeFileSync(join(folder, "index.mjs"), bundleControl(id).code);
          // As on Lambda: the settings lie beside the code.
          writeFileSync(join(folder, "settings.json"), JSON.stringify(SETTINGS));
          const script =
            'import("./index.mjs").then((module) => console.log(Object.keys(module).join(), typeof module.handler))';
          const env = {
            PATH: process.env["PATH"],
            AWS_REGION: "eu-central-1",
            LAMBDA_TASK_ROOT: folder,
          };
          const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], {
            cwd: folder,
            env,
            encoding: "utf8",
          });
          assert.equal(stdout, "handler function\n", stderr);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    });
  }

  it("hold only the client of their own service", () => {
    const { code } = bundleControl("cloudtrail-trail-logging");
    assert.ok(code.includes("GetTrailStatus"));
    assert.ok(!code.includes("RevokeSecurityGroupIngress"));
    assert.ok(!code.includes("PutBucketPolicy"));
  });

  it("of a watch hold its data, fit too, and are told apart", () => {
    const bundleOf = (event: string) => bundleWatch({ event, channel: "platform", severity: "low" }).code;

    assert.ok(bundleOf("iam:CreateUser").includes("iam:CreateUser"));
    assert.ok(!bundleOf("iam:CreateRole").includes("iam:CreateUser"));
    assert.ok(deflateRawSync(bundleOf("iam:CreateUser")).length <= MOST_ZIPPED_BYTES);
  });

  it("of the notifier fit, and read the settings beside them", () => {
    const { code } = bundleNotifier();

    assert.ok(deflateRawSync(code).length <= MOST_ZIPPED_BYTES);
    assert.match(code, /import\.meta\.url/);
    assert.ok(!code.includes("RevokeSecurityGroupIngress"));
  });

  it("don't exist for unknown controls", () => {
    assert.throws(() => bundleControl("../../etc/passwd"), { name: "RangeError" });
  });
});
