import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";

const BIN = path.join(__dirname, "bin.js");

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command as a shell would, from a folder that isn't the project's. */
function bailiwick(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: tmpdir() }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

describe("the bailiwick command", () => {
  it("lists its subcommands and exit codes", async () => {
    const { code, stdout } = await bailiwick("--help");

    assert.equal(code, 0);
    for (const shown of ["drill", "up", "down", "build", "Exit codes:", "--verbose"])
      assert(stdout.includes(shown), `${shown} is missing`);
  });

  it("has a help page for each subcommand", async () => {
    for (const name of ["drill", "up", "down", "build"]) {
      const { code, stdout } = await bailiwick(name, "--help");

      assert.equal(code, 0, name);
      assert.match(stdout, new RegExp(`^Usage: bailiwick ${name}`));
      assert.match(stdout, /Exit codes:/);
    }
  });

  it("refuses a subcommand that doesn't exist, with the nearest", async () => {
    const { code, stderr } = await bailiwick("dril");

    assert.equal(code, 2);
    assert.match(stderr, /unknown command 'dril'\n\(Did you mean drill\?\)/);
  });

  it("refuses options that don't exist, and values that make no sense", async () => {
    const unknown = await bailiwick("drill", "--regoin", "eu-west-1");
    const senseless = await bailiwick("drill", "--timeout", "soon");

    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /unknown option '--regoin'/);
    assert.equal(senseless.code, 2);
    assert.match(senseless.stderr, /'soon' is invalid.*It must be a whole number from 1/);
  });

  it("refuses controls, accounts and regions that the stack doesn't have, before anything is started", async () => {
    const control = await bailiwick("drill", "s3-bucket-policy-not-publik");
    const account = await bailiwick("drill", "--account", "security");
    const region = await bailiwick("drill", "--region", "eu-nowhere-7");

    assert.deepEqual(control, {
      code: 2,
      stdout: "",
      stderr:
        "error: There is no control `s3-bucket-policy-not-publik` in the stack. Did you mean s3-bucket-policy-not-public?\n",
    });
    assert.equal(account.code, 2);
    assert.match(account.stderr, /no member account `security` in the stack/);
    assert.equal(region.code, 2);
    assert.match(region.stderr, /no region `eu-nowhere-7` in the stack/);
  });

  it("says so when there is no organization to end", async () => {
    const { code, stderr } = await bailiwick("down", "nobody");

    assert.equal(code, 2);
    assert.match(stderr, /No organization `nobody` is up/);
  });

  it("builds a bundle for each control", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "build-"));
    try {
      const { code, stdout } = await bailiwick("build", "--json", "--out", folder);

      assert.equal(code, 0);
      const built = JSON.parse(stdout) as { name: string; bytes: number; compressedBytes: number }[];
      assert.deepEqual(
        built.map(({ name }) => name).filter((name) => name !== "policy pack"),
        await readdir(folder),
      );
      for (const { bytes, compressedBytes } of built)
        assert(bytes > compressedBytes && compressedBytes > 1000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
