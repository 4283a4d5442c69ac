/** The deployed resources in a file, which is written after every step, atomically, and with encrypted secrets. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import { EngineError } from "./errors";
import { mapSecrets, type Properties } from "./values";

/** A resource as last deployed. */
export interface ResourceState {
  urn: string;
  type: string;
  name: string;
  /** false: a component or the stack, which exist in the program only. */
  custom: boolean;
  id: string;
  parent?: string;
  /** `urn::id` of the provider. Absent: the default provider. */
  provider?: string;
  inputs: Properties;
  outputs: Properties;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  retainOnDelete?: boolean;
  deletedWith?: string;
  /** Only read, so never deleted. */
  external?: boolean;
  /** The engine generated its name. */
  autonamed?: boolean;
  /** Its creation failed after the first call: the next `up` completes it. */
  incomplete?: boolean;
  /** Replaced and still to be deleted. */
  pendingDeletion?: boolean;
}

interface StackState {
  version: 1;
  project: string;
  stack: string;
  resources: ResourceState[];
  outputs: Properties;
}

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The state of one stack. `resources` is changed in place; `save` writes it. */
export class StateFile {
  private writing: Promise<void> | undefined;
  private again: Promise<void> | undefined;

  private constructor(
    private readonly file: string,
    private readonly key: Buffer,
    readonly state: StackState,
  ) {}

  /**
   * Reads the file, or starts an empty state. The key for its secrets is beside it (`.key`, readable by the owner only).
   * @throws EngineError when it belongs to another stack, or can't be read.
   */
  static async open(file: string, project: string, stack: string): Promise<StateFile> {
    await mkdir(path.dirname(file), { recursive: true });
    const text = await readFile(file, "utf8").catch(absent);
    const key = await readKey(`${file}.key`, text !== undefined);
    if (text === undefined)
      return new StateFile(file, key, { version: 1, project, stack, resources: [], outputs: {} });
    const state = parse(file, text);
    if (state.project !== project || state.stack !== stack)
      throw new EngineError(
        `${file} holds the stack ${state.project}/${state.stack}, not ${project}/${stack}: name another state file.`,
      );
    return new StateFile(file, key, mapSecrets(state as unknown as Json, (item) => open(item, key)) as never);
  }

  /** Resolves when the present state, or a later one, is written. */
  save(): Promise<void> {
    if (this.writing === undefined) {
      this.writing = this.write().finally(() => (this.writing = undefined));
      return this.writing;
    }
    // A write of an older state is running: one more write is enough for all saves requested meanwhile.
    this.again ??= this.writing
      .catch(() => undefined)
      .then(() => {
        this.again = undefined;
        return this.save();
      });
    return this.again;
  }

  private async write(): Promise<void> {
    const sealed = mapSecrets(this.state as unknown as Json, (item) => seal(item, this.key));
    const next = `${this.file}.${process.pid}.next`;
    try {
      await writeFile(next, JSON.stringify(sealed, undefined, 1), { mode: 0o600 });
      await rename(next, this.file);
    } catch (error) {
      await rm(next, { force: true });
      throw error;
    }
  }
}

function parse(file: string, text: string): StackState {
  let state: Partial<StackState>;
  try {
    state = JSON.parse(text) as Partial<StackState>;
  } catch (error) {
    throw new EngineError(`${file} is not JSON: ${String(error)}. Restore it, or delete it to start afresh.`);
  }
  if (state.version !== 1 || !Array.isArray(state.resources))
    throw new EngineError(`${file} is not a state of this engine's version. Delete it to start afresh.`);
  return state as StackState;
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
}

async function readKey(file: string, needed: boolean): Promise<Buffer> {
  const text = await readFile(file, "utf8").catch(absent);
  if (text !== undefined) return Buffer.from(text.trim(), "hex");
  if (needed)
    throw new EngineError(`${file} is missing: the secrets in the state beside it can't be read without it.`);
  const key = randomBytes(32);
  const made = `${file}.${randomBytes(4).toString("hex")}`;
  await writeFile(made, key.toString("hex"), { mode: 0o600 });
  try {
    await link(made, file);
    return key;
  } catch (error) {
    // Another run of this stack, perhaps a preview, was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return Buffer.from((await readFile(file, "utf8")).trim(), "hex");
  } finally {
    await rm(made, { force: true });
  }
}

function seal(item: JsonObject, key: Buffer): Json {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(item["value"] ?? null)), cipher.final()]);
  const rest = { ...item };
  delete rest["value"];
  return { ...rest, ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64") };
}

function open(item: JsonObject, key: Buffer): Json {
  const { ciphertext, ...rest } = item;
  if (typeof ciphertext !== "string") return item;
  const bytes = Buffer.from(ciphertext, "base64");
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return { ...rest, value: JSON.parse(text.toString()) as Json };
  } catch {
    throw new EngineError("A secret in the state file can't be decrypted: its key file is another stack's.");
  }
}
