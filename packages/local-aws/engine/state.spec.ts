import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { StateFile, type ResourceState } from "./state";
import { secret } from "./values";

const record = (name: string): ResourceState => ({
  urn: `urn:pulumi:s::p::a:b:C::${name}`,
  type: "a:b:C",
  name,
  custom: true,
  id: name,
  inputs: { open: "visible", hidden: secret({ word: "do not show" }) },
  outputs: {},
  dependencies: [],
  propertyDependencies: {},
});

describe("The state file", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "state-"));
    file = path.join(folder, "deep", "state.json");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is read as it was saved, with its secrets, which the file doesn't show", async () => {
    const first = await StateFile.open(file, "p", "s");
    first.state.resources.push(record("one"));
    await first.save();
    const text = await readFile(file, "utf8");
    assert.ok(text.includes("visible") && !text.includes("do not show"));
    assert.deepEqual((await StateFile.open(file, "p", "s")).state, first.state);
  });

  it("is readable by its owner only, and so is its key", async () => {
    await (await StateFile.open(file, "p", "s")).save();
    for (const name of [file, `${file}.key`]) assert.equal((await stat(name)).mode & 0o777, 0o600, name);
  });

  it("has the content of the last of many concurrent saves, and leaves no other file", async () => {
    const state = await StateFile.open(file, "p", "s");
    const saves = Array.from({ length: 50 }, (_, index) => {
      state.state.resources.push(record(`r${index}`));
      return state.save();
    });
    await Promise.all(saves);
    assert.equal((await StateFile.open(file, "p", "s")).state.resources.length, 50);
    assert.deepEqual((await readdir(path.dirname(file))).sort(), ["state.json", "state.json.key"]);
  });

  it("has one key, even if several open it concurrently for the first time", async () => {
    const opened = await Promise.all(Array.from({ length: 10 }, () => StateFile.open(file, "p", "s")));
    opened[3]!.state.resources.push(record("one"));
    await opened[3]!.save();
    assert.equal((await StateFile.open(file, "p", "s")).state.resources.length, 1);
  });

  it("is refused when it belongs to another stack, is broken, or its key is missing or another stack's", async () => {
    const state = await StateFile.open(file, "p", "s");
    state.state.resources.push(record("one"));
    await state.save();
    await assert.rejects(StateFile.open(file, "p", "other"), /holds the stack p\/s, not p\/other/);
    await writeFile(`${file}.key`, "00".repeat(32));
    await assert.rejects(StateFile.open(file, "p", "s"), /key file is another stack's/);
    await rm(`${file}.key`);
    await assert.rejects(StateFile.open(file, "p", "s"), /state\.json\.key is missing/);
    await writeFile(file, "{");
    await writeFile(`${file}.key`, "00".repeat(32));
    await assert.rejects(StateFile.open(file, "p", "s"), /is not JSON/);
    await writeFile(file, "{}");
    await assert.rejects(StateFile.open(file, "p", "s"), /is not a state of this engine's version/);
  });
});
