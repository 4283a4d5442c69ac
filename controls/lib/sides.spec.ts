import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadControl, loadSide } from "./sides";

const ID = "sqs-queue-encrypted";

describe("the sides of a control", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "controls-"));
    mkdirSync(join(folder, ID));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, code: string) => writeFileSync(join(folder, ID, file), code);

  it("are loaded from the files in its folder", () => {
    write("control.ts", `export const control = { id: "${ID}" };`);
    write("drill.ts", "export const drill = { times: 1 as number };");

    assert.deepEqual(loadControl(ID, folder), { id: ID });
    assert.deepEqual(loadSide(ID, "drill", folder), { times: 1 });
  });

  it("are undefined when there is no such file", () => {
    assert.equal(loadSide(ID, "remediate", folder), undefined);
  });

  it("are refused when the file exports something else, with what to write", () => {
    write("prevent.ts", "export const policy = {};");

    assert.throws(() => loadSide(ID, "prevent", folder), {
      name: "TypeError",
      message:
        `controls/${ID}/prevent.ts exports no \`prevention\`. ` +
        "Write in it: export const prevention: Prevention = …",
    });
  });

  it("are refused without the control's data, with what to write", () => {
    assert.throws(() => loadControl(ID, folder), {
      name: "TypeError",
      message:
        `controls/index.ts lists ${ID}, but there is no controls/${ID}/control.ts. ` +
        "Write it, or remove the id from the list.",
    });
  });

  it("are refused in a folder that isn't named by the control's id, with what to write", () => {
    write("control.ts", 'export const control = { id: "sqs-queue-private" };');

    assert.throws(() => loadControl(ID, folder), {
      name: "TypeError",
      message:
        `controls/${ID}/control.ts has the id sqs-queue-private. ` +
        `Write id: "${ID}", since a control's id is the name of its folder.`,
    });
  });
});
