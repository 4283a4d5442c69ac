import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { controls } from "../../controls";
import { bundleControl, bundleNotifier, bundleUndo, bundleWatch, bundleFile } from "./bundle";
import { SETTINGS } from "../../contract/testing";

const MAX_ZIPPED_BYTES = 300 * 1024;
/**
 * That of undos has the clients of all controls; EC2's alone, of which nothing can be left out, is two thirds of it. It starts when a person
 * asks, not with each event, and a function for each control would be as many functions and roles to watch.
 */
const MAX_ZIPPED_UNDO_BYTES = 400 * 1024;

describe("bundles", function () {
  // The first one waits for all that are built in the same batch.
  this.timeout(20_000);

  for (const { id } of controls) {
    describe(id, () => {
      it("is at most 300 KB zipped", async () => {
        const zipped = deflateRawSync(await bundleControl(id)).length;
        assert.ok(zipped <= MAX_ZIPPED_BYTES, `${zipped} bytes`);
      });

      it("contains no path of this machine", async () => {
        const code = await bundleControl(id);
        for (const path of [process.cwd(), join(__dirname, "..", ".."), tmpdir(), "node_modules/"])
          assert.ok(!code.includes(path), path);
      });

      it("starts on its own, anywhere, and exports a handler", async function () {
        this.slow(2000);
        const folder = mkdtempSync(join(tmpdir(), "bundle-"));
        try {
          writeFileSync(join(folder, "index.mjs"), await bundleControl(id));
          // As on Lambda, the settings are beside the code.
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

  it("of undos has what each control's undo calls, neither queue nor metrics, and is at most 400 KB zipped", async () => {
    const ids = controls.filter(({ undoPermissions }) => undoPermissions).map(({ id }) => id);

    const code = await bundleUndo(ids);

    const zipped = deflateRawSync(code).length;
    assert.ok(zipped <= MAX_ZIPPED_UNDO_BYTES, `${zipped} bytes`);
    for (const call of [
      "StopLogging",
      "AuthorizeSecurityGroupIngress",
      "DetachUserPolicy",
      "PutBucketPolicy",
    ])
      assert.ok(code.includes(call), call);
    for (const other of ["ChangeMessageVisibility", "BatchProcessor"])
      assert.ok(!code.includes(other), other);
  });

  it("contain only the client of their own service", async () => {
    const code = await bundleControl("cloudtrail-trail-logging");
    assert.ok(code.includes("GetTrailStatus"));
    assert.ok(!code.includes("RevokeSecurityGroupIngress"));
    assert.ok(!code.includes("PutBucketPolicy"));
  });

  it("of a watch contain its data, are as small, and differ from those of other watches", async () => {
    const bundleOf = (event: string) => bundleWatch({ event, channel: "platform", severity: "low" });

    const [user, role] = await Promise.all([bundleOf("iam:CreateUser"), bundleOf("iam:CreateRole")]);

    assert.ok(user.includes("iam:CreateUser"));
    assert.ok(!role.includes("iam:CreateUser"));
    assert.ok(deflateRawSync(user).length <= MAX_ZIPPED_BYTES);
  });

  it("of the notifier are as small, and read the settings beside them", async () => {
    const code = await bundleNotifier();

    assert.ok(deflateRawSync(code).length <= MAX_ZIPPED_BYTES);
    assert.match(code, /LAMBDA_TASK_ROOT/);
    assert.match(code, /settings\.json/);
    assert.ok(!code.includes("RevokeSecurityGroupIngress"));
  });

  it("are the same whatever is built in the same batch", async () => {
    const watch = { event: "iam:CreateUser", channel: "platform", severity: "low" } as const;
    const key = (number: number) => ({ ...watch, channel: `of-${number}` });
    const alone = await bundleWatch(key(1));
    const [beside] = await Promise.all([bundleWatch(key(2)), bundleWatch(key(3)), bundleWatch(key(4))]);
    assert.equal(beside.replaceAll("of-2", "of-1"), alone);
  });

  describe("as files", () => {
    // No program has this watch, so no deployment in progress reads its file.
    const bundle = (severity: "low" | "high" = "low") =>
      bundleWatch({ event: "iam:CreateUser", channel: "of-bundle-spec", severity });
    const folder = join(__dirname, "..", "..", "out", "functions");
    /** Including what a killed run may have left. */
    const removeAll = async () => {
      const names = [basename(await bundleFile(bundle())), basename(await bundleFile(bundle("high")))];
      for (const file of readdirSync(folder))
        if (names.some((name) => file.startsWith(name))) rmSync(join(folder, file));
    };
    beforeEach(removeAll);
    after(removeAll);

    it("contain the code, at a path relative to the program's folder", async () => {
      const path = await bundleFile(bundle());

      assert.match(path, /^out\/functions\/[0-9a-f]{16}\.mjs$/);
      assert.equal(readFileSync(path, "utf8"), await bundle());
    });

    it("have the same path for the same code, and another for different code", async () => {
      const paths = [
        await bundleFile(bundle()),
        await bundleFile(bundle()),
        await bundleFile(bundle("high")),
      ];

      assert.equal(paths[0], paths[1]);
      assert.notEqual(paths[0], paths[2]);
      assert.equal(readFileSync(paths[0] ?? "", "utf8"), await bundle());
    });

    it("are written once for concurrent requests, and leave no other file", async () => {
      const paths = await Promise.all(Array.from({ length: 8 }, () => bundleFile(bundle())));

      assert.equal(new Set(paths).size, 1);
      const name = basename(paths[0] ?? "");
      assert.deepEqual(
        readdirSync(folder).filter((each) => each.startsWith(name)),
        [name],
      );
      assert.equal(readFileSync(join(folder, name), "utf8"), await bundle());
    });

    it("aren't written again once they exist, because another deployment may be reading them", async () => {
      const path = await bundleFile(bundle());
      const before = statSync(path);

      await bundleFile(bundle());

      const { ino, mtimeMs } = statSync(path);
      assert.deepEqual({ ino, mtimeMs }, { ino: before.ino, mtimeMs: before.mtimeMs });
    });

    it("are never deployed with somebody's changes", async () => {
      const path = await bundleFile(bundle());
      writeFileSync(path, "export const handler = () => {};");

      assert.equal(await bundleFile(bundle()), path);

      assert.equal(readFileSync(path, "utf8"), await bundle());
    });

    it("are found from any working directory", async () => {
      const here = process.cwd();
      const elsewhere = mkdtempSync(join(tmpdir(), "program-"));
      try {
        process.chdir(elsewhere);
        const path = await bundleFile(bundle());
        assert.equal(isAbsolute(path), false);
        assert.equal(readFileSync(path, "utf8"), await bundle());
      } finally {
        process.chdir(here);
        rmSync(elsewhere, { recursive: true });
      }
    });
  });

  it("don't exist for unknown controls", () => {
    assert.throws(() => bundleControl("../../etc/passwd"), { name: "RangeError" });
  });
});
