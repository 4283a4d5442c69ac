import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { announce, endOrganization, runningOrganizations } from "./running";

describe("organizations that are up", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "running-"))));
  afterEach(() => rm(folder, { recursive: true }));

  it("are listed until they are withdrawn", async () => {
    const { id, withdraw, close } = await announce("http://127.0.0.1:4566", () => undefined, folder);

    const [running] = await runningOrganizations(folder);
    await withdraw();
    close();

    assert.equal(running?.id, id);
    assert.equal(running?.endpointUrl, "http://127.0.0.1:4566");
    assert.deepEqual(await runningOrganizations(folder), []);
    assert.deepEqual(await readdir(folder), []);
  });

  it("end when they are asked to, and the client that asked sees the end", async () => {
    const announcement = await announce("http://127.0.0.1:4566", () => announcement.close(), folder);
    const [running] = await runningOrganizations(folder);

    await endOrganization(running!);

    assert.deepEqual(await runningOrganizations(folder), []);
    assert.deepEqual(await readdir(folder), []);
  });

  it("don't end for a client without the token", async () => {
    let asked = false;
    const { close } = await announce("http://127.0.0.1:4566", () => (asked = true), folder);
    const [running] = await runningOrganizations(folder);

    await new Promise((resolve) => {
      const socket = connect(running!.port, "127.0.0.1", () => socket.write(`${"0".repeat(32)}\n`));
      socket.once("close", resolve);
    });

    assert.equal(asked, false);
    close();
  });

  it("keep the token to their owner", async () => {
    const { id, close } = await announce("http://127.0.0.1:4566", () => undefined, folder);

    assert.equal((await stat(path.join(folder, `${id}.json`))).mode & 0o777, 0o600);
    close();
  });

  it("are removed when their process has ended, as are files that aren't theirs", async () => {
    const gone = { id: "abc", pid: 1, port: 1, token: "t", endpointUrl: "http://127.0.0.1:1", since: "2026" };
    await writeFile(path.join(folder, "abc.json"), JSON.stringify(gone));
    await writeFile(path.join(folder, "broken.json"), "{");

    assert.deepEqual(await runningOrganizations(folder), []);
    assert.deepEqual(await readdir(folder), []);
  });

  it("that don't end in time lead to an error that says what to do", async () => {
    const { close } = await announce("http://127.0.0.1:4566", () => undefined, folder);
    const [running] = await runningOrganizations(folder);

    await assert.rejects(
      endOrganization(running!, 50),
      new RegExp(`did not end within 0\\.05 s.*kill ${process.pid}`),
    );
    close();
  });
});
