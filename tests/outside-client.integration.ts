import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import { installEmulator } from "../local/emulator/install";
import { deployedOrganization } from "./support/local";

const run = promisify(execFile);

describe("a client from outside that only has an endpoint and keys", () => {
  const deployed = deployedOrganization();

  it("sees a public bucket put right away from home, a shared one left alone, and of a mixed policy the private part kept", async () => {
    const { organization, account } = deployed();
    const { credentials, endpoint } = organization.aws(account("sandbox"));
    const { python } = await installEmulator();
    const client = path.join(__dirname, "clients", "buckets.py");

    const { stdout } = await run(python, [
      client,
      endpoint ?? "",
      credentials.accessKeyId,
      credentials.secretAccessKey,
      "eu-central-1",
      account("web"),
    ]);

    assert.deepEqual(JSON.parse(stdout), { public: null, mixed: ["Friend"], shared: ["Friend"] });
  });
});
