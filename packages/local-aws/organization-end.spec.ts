import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { OrganizationEndedError, quotingLog, untilOrganizationEnds } from "./organization-end";

const HOW = "The emulator ended with SIGKILL.";
const lives = { died: new Promise<string>(() => undefined) };
/** One that can be ended. */
function mortal() {
  let end: (how: string) => void = () => undefined;
  const died = new Promise<string>((resolve) => (end = resolve));
  return { died, end: () => end(HOW) };
}
const ended = (error: unknown) =>
  error instanceof OrganizationEndedError && error.message === `The local organization has ended. ${HOW}`;

describe("work that needs the organization", () => {
  it("is done while the organization lives, and fails as it fails", async () => {
    assert.equal(await untilOrganizationEnds(lives, () => Promise.resolve("done")), "done");
    await assert.rejects(
      untilOrganizationEnds(lives, () => Promise.reject(new Error("refused"))),
      /^Error: refused$/,
    );
  });

  it("ends with the organization, although it would go on, and is told to", async () => {
    const { died, end } = mortal();
    let signal: AbortSignal | undefined;

    const work = untilOrganizationEnds({ died }, (given) => {
      signal = given;
      end();
      return new Promise(() => undefined);
    });

    await assert.rejects(work, ended);
    assert.equal(signal?.aborted, true);
  });

  it("tells that the organization has ended rather than what its clients ran into just before", async () => {
    const { died, end } = mortal();

    const work = untilOrganizationEnds({ died }, () => {
      setTimeout(end, 20);
      return Promise.reject(new Error("XML parse error"));
    });

    await assert.rejects(work, ended);
  });

  it("is not begun once the organization has ended", async () => {
    let begun = false;

    const work = untilOrganizationEnds({ died: Promise.resolve(HOW) }, async () => void (begun = true));

    await assert.rejects(work, ended);
    assert.equal(begun, false);
  });
});

describe("a sentence that names a log", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "alive spec "))));
  after(() => rm(folder, { recursive: true }));
  const quote = async (text: string) => {
    const file = path.join(folder, "emulator.log");
    await writeFile(file, text);
    return quotingLog(`The emulator ended with exit code 1; its log: ${file}`);
  };

  it("has the log's last lines instead, cut where they are long", async () => {
    const text = `first\nsecond\n\nTraceback\n  File $& x\n${"E".repeat(400)}\n`;

    assert.equal(
      await quote(text),
      `The emulator ended with exit code 1; its log: … Traceback | File $& x | ${"E".repeat(300)}…`,
    );
  });

  it("says that the log is empty or gone, and leaves other sentences alone", async () => {
    assert.equal(await quote("\n"), "The emulator ended with exit code 1; its log: empty.");
    assert.equal(await quotingLog("It ended; its log: /nowhere/x"), "It ended; its log: empty.");
    assert.equal(await quotingLog("It could not be started."), "It could not be started.");
  });
});
