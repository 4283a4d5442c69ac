import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { strFromU8, unzipSync } from "fflate";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { archiveBytes, assetBytes, sha256, unpack } from "./archive";

// As the SDK sends them.
const KIND = "4dabf18193072939515e22adb298388d";
const asset = (content: JsonObject): JsonObject => ({
  [KIND]: "c44067f5952c0a294b673a41bacd8c17",
  ...content,
});
const archive = (content: JsonObject): JsonObject => ({
  [KIND]: "0def7320c3a5731c473e5ecbe6d01bc7",
  ...content,
});

describe("Archives", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "archive-"));
    await mkdir(path.join(folder, "lib", "deep"), { recursive: true });
    await writeFile(path.join(folder, "lib", "one.js"), "1");
    await writeFile(path.join(folder, "lib", "deep", "two.js"), "2");
  });
  after(() => rm(folder, { recursive: true }));

  const files = (bytes: Uint8Array) =>
    Object.fromEntries(Object.entries(unzipSync(bytes)).map(([name, content]) => [name, strFromU8(content)]));

  it("contain texts, files and folders under their names", async () => {
    const bytes = await archiveBytes(
      archive({
        assets: {
          "index.mjs": asset({ text: "export {}" }),
          "a/one.js": asset({ path: "lib/one.js" }),
          node_modules: archive({ path: "lib" }),
          nested: archive({ assets: { "x.txt": asset({ text: "x" }) } }),
        },
      }),
      folder,
    );
    assert.deepEqual(files(bytes), {
      "a/one.js": "1",
      "index.mjs": "export {}",
      "nested/x.txt": "x",
      "node_modules/deep/two.js": "2",
      "node_modules/one.js": "1",
    });
  });

  it("have the same bytes for the same content, in any order", async () => {
    const [a, b] = [asset({ text: "a" }), asset({ text: "b" })];
    const first = await archiveBytes(archive({ assets: { a, b } }), folder);
    const second = await archiveBytes(archive({ assets: { b, a } }), folder);
    assert.equal(sha256(first), sha256(second));
    const [time, date] = [10, 12].map((offset) => Buffer.from(first).readUInt16LE(offset));
    assert.deepEqual([time, date], [0, 0x21], "no time of day or date but ZIP's first");
    assert.notEqual(sha256(first), sha256(await archiveBytes(archive({ assets: { a, b: a } }), folder)));
  });

  it("may be a whole folder", async () => {
    assert.deepEqual(files(await archiveBytes(archive({ path: "lib" }), folder)), {
      "deep/two.js": "2",
      "one.js": "1",
    });
  });

  it("don't depend on the path and name of their files, but on the content", async () => {
    await writeFile(path.join(folder, "like-one.js"), "1");
    const digest = async (file: string) =>
      (await unpack({ code: archive({ assets: { "x.js": asset({ path: file }) } }) }, folder)).inputs;

    const one = await digest("lib/one.js");

    assert.deepEqual(await digest("like-one.js"), one);
    assert.deepEqual(await digest(path.join(folder, "lib", "one.js")), one);
    assert.notDeepEqual(await digest("lib/deep/two.js"), one);
  });

  it("are not fetched from elsewhere", async () => {
    await assert.rejects(archiveBytes(archive({ uri: "https://example.com/a.zip" }), folder), {
      message:
        "This engine reads no remote archive at https://example.com/a.zip: use an AssetArchive or a FileArchive.",
    });
    await assert.rejects(assetBytes(asset({ uri: "https://example.com/a" }), folder), /no remote asset/);
  });

  it("leave their digest in the inputs, without their content", async () => {
    const { inputs, files: content } = await unpack(
      { name: "n", code: asset({ text: "secret text" }) },
      folder,
    );
    assert.deepEqual(Object.keys(content), ["code"]);
    assert.ok(!JSON.stringify(inputs).includes("secret text"));
    assert.equal((inputs["code"] as JsonObject)["hash"], sha256(Buffer.from("secret text")));
  });
});
