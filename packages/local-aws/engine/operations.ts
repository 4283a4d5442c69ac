/** Carries out the decisions: calls the providers and records their results in the state file. */
import { displayName } from "./deletion";
import { advice, CallError, EngineError, isGone, type ResourceFailure } from "./errors";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Session } from "./aws";
import { resourceType } from "./providers";
import type { Call, ResourceType } from "./resource-type";
import type { Sessions } from "./sessions";
import type { ResourceState, StateFile } from "./state";
import { parseUrn } from "./urn";
import { isAsset, isArchive, plainProperties, withSecrets, type Properties } from "./values";

const GLOBAL_REGION = "us-east-1";
export const PROVIDER_PREFIX = "pulumi:providers:";

export class Operations {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly file: StateFile,
    private readonly sessions: Sessions,
    private readonly parallel: number,
  ) {}

  /** Creates the resource. The state has its record as soon as it exists. */
  async create(
    record: ResourceState,
    files: Record<string, Uint8Array>,
    secretOutputs: readonly string[],
  ): Promise<void> {
    await this.limited(async () => {
      const type = resourceType(record.type);
      const inputs = plainProperties(record.inputs);
      let recorded = false;
      const created = (id: string, outputs: Properties = {}) => {
        record.id = id;
        record.outputs = outputsOf(record, outputs, secretOutputs);
        record.incomplete = true;
        this.file.state.resources.push(record);
        recorded = true;
      };
      try {
        const made = await type.create(inputs, await this.call(record, type, files, created));
        if (!recorded) created(made.id);
        record.outputs = outputsOf(record, made.outputs, secretOutputs);
        delete record.incomplete;
      } finally {
        if (recorded) await this.file.save();
      }
    });
  }

  /** Updates the resource from `old` to `record`, which replaces it in the state. */
  async update(
    old: ResourceState,
    record: ResourceState,
    changed: readonly string[],
    files: Record<string, Uint8Array>,
    secretOutputs: readonly string[],
  ): Promise<void> {
    await this.limited(async () => {
      const type = resourceType(record.type);
      const call = await this.call(record, type, files);
      const known = this.existing(old);
      // What was set on an incomplete resource is unknown.
      const existing = old.incomplete ? { ...known, inputs: {} } : known;
      const news = await type.update(existing, plainProperties(record.inputs), changed, call);
      record.id = old.id;
      const kept = Object.entries(existing.outputs).filter(([key]) => !(key in old.inputs));
      record.outputs = outputsOf(record, { ...Object.fromEntries(kept), ...news }, secretOutputs);
      await this.put(old, record);
    });
  }

  /** Replaces `old` by `record` in the state. Written only if they differ. */
  async put(old: ResourceState, record: ResourceState): Promise<void> {
    const { resources } = this.file.state;
    resources[resources.indexOf(old)] = record;
    if (JSON.stringify(old) !== JSON.stringify(record)) await this.file.save();
  }

  /** Deletes the resource, unless it is a component, and its record. */
  async remove(record: ResourceState, withoutCall: boolean): Promise<void> {
    const real = record.custom && !record.external && !record.type.startsWith(PROVIDER_PREFIX);
    if (real && !record.retainOnDelete && !withoutCall) {
      await this.limited(async () => {
        const type = resourceType(record.type);
        try {
          await type.delete(this.existing(record), await this.call(record, type, {}));
        } catch (error) {
          // It is deleted already.
          if (!isGone(error)) throw error;
        }
      });
    }
    const { resources } = this.file.state;
    const index = resources.indexOf(record);
    if (index >= 0) resources.splice(index, 1);
    await this.file.save();
  }

  /** The present resource; undefined if it was deleted. */
  async read(record: ResourceState): Promise<{ inputs: Properties; outputs: Properties } | undefined> {
    return this.limited(async () => {
      const type = resourceType(record.type);
      try {
        return await type.read(this.existing(record), await this.call(record, type, {}));
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    });
  }

  private existing({ id, inputs, outputs }: ResourceState) {
    return { id, inputs: plainProperties(inputs), outputs: plainProperties(outputs) };
  }

  private async call(
    record: ResourceState,
    type: ResourceType,
    files: Record<string, Uint8Array>,
    created: Call["created"] = () => undefined,
  ): Promise<Call> {
    const session = this.session(record);
    const own = plainProperties(record.inputs)["region"];
    const region = type.global ? GLOBAL_REGION : typeof own === "string" ? own : session.region;
    if (region === undefined) throw new EngineError("No region is known for it.");
    // Before anything else: may the provider work in the account of these credentials?
    await session.accountId();
    return {
      region,
      partition: partitionOf(type.global ? (session.region ?? region) : region),
      account: () => session.accountId(),
      client: (service) => session.client(service, region),
      files,
      created,
    };
  }

  private session(record: ResourceState): Session {
    const session = this.sessions.of(record.provider);
    if (session === undefined) throw new EngineError("Its provider's settings are not known.");
    return session;
  }

  private async limited<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.parallel) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.running++;
    try {
      return await task();
    } finally {
      this.running--;
      this.queue.shift()?.();
    }
  }
}

function outputsOf(record: ResourceState, made: Properties, secretOutputs: readonly string[]): Properties {
  return withSecrets({ ...plainProperties(record.inputs), ...made }, record.inputs, secretOutputs);
}

/** Outputs as the program receives them, with its assets in place of their digests. */
export function answered(outputs: Properties, inputs: Properties): Properties {
  const result = { ...outputs };
  for (const [key, value] of Object.entries(inputs))
    if (isAsset(value) || isArchive(value)) result[key] = value;
  return result;
}

/** A failure for people. */
export function failure(urn: string, operation: string, error: unknown): ResourceFailure {
  const { type, name } = parseUrn(urn);
  const verb = { create: "created", update: "updated", replace: "replaced", delete: "deleted" }[operation];
  const said = error instanceof Error ? error.message : String(error);
  const what = `${displayName(urn)} could not be ${verb ?? operation}: ${said}`;
  const todo = advice(error);
  const end = /[.!?]$/.test(what) ? "" : ".";
  return {
    urn,
    type,
    name,
    operation,
    call: error instanceof CallError ? error.call : undefined,
    code: error instanceof CallError ? error.code : undefined,
    message: `${what}${end}${todo ? ` ${todo}` : ""}`,
  };
}
