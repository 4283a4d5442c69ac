/** Assets and archives of a program (https://www.pulumi.com/docs/iac/concepts/assets-archives/) as bytes. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import * as path from "node:path";
import { zipSync, type Zippable } from "fflate";
import { isJsonObject, type JsonObject } from "@bailiwick/aws-events/record";
import { digested, isArchive, isAsset, type Properties } from "./values";

/** The time of every member, so that the same content makes the same archive: ZIP's first day, local time. */
const MODIFIED = new Date(1980, 0, 1);
const EXECUTABLE = 0o755 << 16;
const UNIX = 3;

/** Content of a string or file asset. `folder` is the base of relative paths. */
export async function assetBytes(asset: JsonObject, folder: string): Promise<Uint8Array> {
  if (typeof asset["text"] === "string") return Buffer.from(asset["text"], "utf8");
  if (typeof asset["path"] === "string") return readFile(path.resolve(folder, asset["path"]));
  throw new Error(unsupported(asset, "asset", "a StringAsset or a FileAsset"));
}

/** An archive as a ZIP file; the same members give the same bytes. */
export async function archiveBytes(archive: JsonObject, folder: string): Promise<Uint8Array> {
  if (typeof archive["path"] === "string") {
    const found = path.resolve(folder, archive["path"]);
    if (!(await stat(found)).isDirectory()) return readFile(found);
    return zip(await filesOf(found, ""));
  }
  if (isJsonObject(archive["assets"])) return zip(await members(archive["assets"], folder, ""));
  throw new Error(unsupported(archive, "archive", "an AssetArchive or a FileArchive"));
}

function unsupported(value: JsonObject, kind: string, instead: string): string {
  const where = typeof value["uri"] === "string" ? ` at ${value["uri"]}` : "";
  return `This engine reads no remote ${kind}${where}: use ${instead}.`;
}

type Members = Map<string, Uint8Array>;

function zip(files: Members): Uint8Array {
  const entries: Zippable = {};
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    entries[name] = [bytes, { mtime: MODIFIED, os: UNIX, attrs: EXECUTABLE, level: 6 }];
  return zipSync(entries);
}

async function members(assets: JsonObject, folder: string, prefix: string): Promise<Members> {
  const files: Members = new Map();
  for (const [name, value] of Object.entries(assets)) {
    const at = path.posix.join(prefix, name);
    if (isAsset(value)) {
      files.set(at, await assetBytes(value, folder));
    } else if (isArchive(value) && isJsonObject(value["assets"])) {
      for (const [inner, bytes] of await members(value["assets"], folder, at)) files.set(inner, bytes);
    } else if (isArchive(value) && typeof value["path"] === "string") {
      const found = path.resolve(folder, value["path"]);
      if (!(await stat(found)).isDirectory())
        throw new Error(`${found} inside an archive is not a folder: give its files as assets.`);
      for (const [inner, bytes] of await filesOf(found, at)) files.set(inner, bytes);
    } else {
      throw new Error(`"${at}" of an archive is neither an asset nor an archive.`);
    }
  }
  return files;
}

async function filesOf(folder: string, prefix: string): Promise<Members> {
  const files: Members = new Map();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join("/");
    files.set(path.posix.join(prefix, name), await readFile(file));
  }
  return files;
}

export function sha256(bytes: Uint8Array, encoding: "hex" | "base64" = "hex"): string {
  return createHash("sha256").update(bytes).digest(encoding);
}

/** The bytes of the assets and archives among a resource's inputs, and the inputs with digests in their place. */
interface Unpacked {
  /** The inputs for the state and for comparisons. */
  inputs: Properties;
  files: Record<string, Uint8Array>;
}

/** Looks at top-level inputs only: no resource type has assets deeper down. */
export async function unpack(inputs: Properties, folder: string): Promise<Unpacked> {
  const result: Unpacked = { inputs: {}, files: {} };
  for (const [key, value] of Object.entries(inputs)) {
    if (isAsset(value) || isArchive(value)) {
      const bytes = isAsset(value) ? await assetBytes(value, folder) : await archiveBytes(value, folder);
      result.files[key] = bytes;
      result.inputs[key] = digested(value, sha256(bytes));
    } else {
      result.inputs[key] = value;
    }
  }
  return result;
}
