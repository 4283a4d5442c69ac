/** One run of the program: decides what to do about every resource that it registers, and has it done. */
import { randomUUID } from "node:crypto";
import { unpack } from "./archive";
import { check } from "./check";
import { displayName, inDeletionOrder, replacedTogether } from "./deletion";
import { changesOf, decide, deletesFirst, isReplacing, type Decision } from "./decide";
import { changedPaths, ignoringChanges } from "./diff";
import { EngineError, type ResourceFailure } from "./errors";
import { answered, failure, PROVIDER_PREFIX, type Operations } from "./operations";
import { PolicyEnforcement } from "./policing";
import { resourceType } from "./providers";
import { recordOf, type Answer, type Registration } from "./registration";
import type { Report } from "./report";
import type { ResourceType } from "./resource-type";
import type { Sessions } from "./sessions";
import type { ResourceState, StateFile } from "./state";
import { formerUrns, makeUrn, STACK_TYPE } from "./urn";
import { plainProperties, withSecrets, type Properties } from "./values";

interface DeploymentParts {
  mode: "preview" | "up";
  programFolder: string;
  file: StateFile;
  sessions: Sessions;
  operations: Operations;
  report: Report;
  policing: PolicyEnforcement;
}

export class Deployment {
  readonly failures: ResourceFailure[] = [];
  /** The stack's outputs as the program registered them. */
  outputs: Properties | undefined;
  private stackUrn: string | undefined;
  private stopped = false;
  private readonly preview: boolean;
  private readonly old = new Map<string, ResourceState>();
  private readonly taken = new Set<ResourceState>();
  private readonly registered = new Set<string>();
  private readonly formerUrns = new Map<string, string[]>();
  private readonly renamed = new Map<string, string>();
  private readonly underWay = new Set<Promise<unknown>>();
  /** Replaced early, because a dependency had to be deleted first. */
  private readonly cleared = new Map<string, ResourceState>();

  constructor(private readonly parts: DeploymentParts) {
    this.preview = parts.mode === "preview";
    for (const record of parts.file.state.resources)
      if (!record.pendingDeletion) this.old.set(record.urn, record);
  }

  /** Called once, when the first resource fails. */
  onFailure: () => void = () => undefined;

  /** No further operation starts. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves when no operation is running. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  /** Never rejects: failures are in `failures`, and the program is notified. */
  async register(registration: Registration): Promise<Answer> {
    const { project, stack } = this.parts.file.state;
    const urn = makeUrn({ project, stack, ...registration }, registration.parent);
    const skipped: Answer = { urn, id: "", properties: registration.inputs, result: "skip" };
    if (this.stopped) return skipped;
    const work = this.admit(urn, registration);
    this.underWay.add(work);
    try {
      return await work;
    } catch (error) {
      this.fail(urn, "create", error);
      return { ...skipped, result: "fail" };
    } finally {
      this.underWay.delete(work);
    }
  }

  /**
   * Looks up a resource that the program only refers to (`Bucket.get`).
   * @throws EngineError when it doesn't exist.
   */
  async read(registration: Registration, id: string): Promise<Answer> {
    const { project, stack } = this.parts.file.state;
    const urn = makeUrn({ project, stack, ...registration }, registration.parent);
    const started = Date.now();
    const type = resourceType(registration.type);
    const session = this.parts.sessions.of(registration.provider);
    const region = registration.inputs["region"] ?? session?.region;
    const inputs =
      type.global || region === undefined ? registration.inputs : { ...registration.inputs, region };
    const record: ResourceState = { ...recordOf(registration, urn, inputs), id, external: true };
    const found = await this.parts.operations.read(record);
    if (found === undefined) throw new EngineError(`${displayName(urn)} with the id ${id} does not exist.`);
    const outputs = { ...plainProperties(inputs), ...found.inputs, ...found.outputs };
    record.outputs = withSecrets(outputs, inputs, registration.additionalSecretOutputs);
    if (!this.preview) {
      const old = this.takeOld(urn, registration);
      this.taken.add(record);
      if (old) await this.parts.operations.put(old, record);
      else this.parts.file.state.resources.push(record);
    }
    this.parts.report.step({ operation: "read", record, changed: [], started });
    return { urn, id, properties: record.outputs, result: "success" };
  }

  /** Something outside `register` failed: ends the run. */
  failed(urn: string, operation: string, error: unknown): void {
    this.fail(urn, operation, error);
  }

  registerOutputs(urn: string, outputs: Properties): void {
    if (urn === this.stackUrn) this.outputs = outputs;
    const record = this.old.get(urn);
    if (record !== undefined && !this.preview && !record.custom && urn !== this.stackUrn)
      record.outputs = outputs;
  }

  /** The program has ended: deletes the resources that it no longer registers. */
  async finish(): Promise<void> {
    const { file, report } = this.parts;
    await this.parts.policing.stack();
    const { resources } = file.state;
    const leaving = resources.filter((record) => record.pendingDeletion || !this.taken.has(record));
    refuseProtected(leaving.filter((record) => !record.pendingDeletion));
    if (this.preview) {
      for (const record of leaving)
        if (!record.pendingDeletion)
          report.step({ operation: "delete", record, changed: [], started: Date.now() });
      return;
    }
    file.state.outputs = this.outputs ?? {};
    await this.deleteAll(leaving);
    await file.save();
  }

  /** Deletes records in order. Failures are kept, and so are the dependencies of what failed. */
  async deleteAll(leaving: readonly ResourceState[]): Promise<void> {
    const going = new Set(leaving.map(({ urn }) => urn));
    await inDeletionOrder(leaving, async (record) => {
      if (this.stopped) return false;
      const started = Date.now();
      try {
        const isReported = !record.pendingDeletion && record.type !== STACK_TYPE;
        if (isReported) this.parts.report.started("delete", record);
        await this.parts.operations.remove(
          record,
          record.deletedWith !== undefined && going.has(record.deletedWith),
        );
        if (isReported) this.parts.report.step({ operation: "delete", record, changed: [], started });
        return true;
      } catch (error) {
        this.failures.push(this.parts.report.failed(failure(record.urn, "delete", error)));
        return false;
      }
    });
  }

  private fail(urn: string, operation: string, error: unknown): void {
    const first = this.failures.length === 0;
    const [known] = error instanceof OperationFailed ? [error] : [];
    this.failures.push(
      this.parts.report.failed(failure(urn, known?.operation ?? operation, known?.cause ?? error)),
    );
    this.stopped = true;
    if (first) this.onFailure();
  }

  private async admit(urn: string, registration: Registration): Promise<Answer> {
    if (this.registered.has(urn))
      throw new EngineError(
        `The program registers ${displayName(urn)} twice: give one of them another name.`,
      );
    this.registered.add(urn);
    if (registration.remote)
      throw new EngineError(
        "It is a component of another language's package, which the local engine can't run.",
      );
    if (registration.unsupported.length > 0)
      throw new EngineError(
        `The local engine does not support the option ${registration.unsupported.join(", ")}.`,
      );
    const old = this.takeOld(urn, registration);
    if (!registration.custom) return this.component(urn, registration, old);
    if (registration.type.startsWith(PROVIDER_PREFIX)) return this.provider(urn, registration, old);
    return this.resource(urn, registration, old);
  }

  /** The resource's record until now, under any of its names. */
  private takeOld(urn: string, registration: Registration): ResourceState | undefined {
    const { project, stack } = this.parts.file.state;
    const formerParents = registration.parent ? (this.formerUrns.get(registration.parent) ?? []) : [];
    const former = formerUrns({ project, stack, ...registration }, registration.aliases, formerParents);
    this.formerUrns.set(urn, former);
    for (const candidate of [urn, ...former]) {
      const record = this.old.get(candidate);
      if (record === undefined || this.taken.has(record)) continue;
      this.taken.add(record);
      if (candidate !== urn) this.renamed.set(candidate, urn);
      return record;
    }
    return undefined;
  }

  private async component(
    urn: string,
    registration: Registration,
    old: ResourceState | undefined,
  ): Promise<Answer> {
    const started = Date.now();
    if (registration.type === STACK_TYPE) this.stackUrn = urn;
    const record = recordOf(registration, urn, registration.inputs);
    record.outputs = old?.outputs ?? {};
    await this.parts.policing.resource(registration, record, registration.inputs);
    if (!this.preview) {
      this.taken.add(record);
      this.old.set(urn, record);
      if (old) await this.parts.operations.put(old, record);
      else this.parts.file.state.resources.push(record);
    }
    const operation = old ? "same" : "create";
    if (registration.type !== STACK_TYPE) this.parts.report.step({ operation, record, changed: [], started });
    return { urn, id: "", properties: registration.inputs, result: "success" };
  }

  private async provider(
    urn: string,
    registration: Registration,
    old: ResourceState | undefined,
  ): Promise<Answer> {
    const started = Date.now();
    const inputs = withSecrets(registration.inputs, {}, [
      "secretKey",
      "token",
      ...registration.additionalSecretOutputs,
    ]);
    if (registration.type !== `${PROVIDER_PREFIX}aws`)
      throw new EngineError("The local engine only has the aws provider.");
    const record = recordOf(registration, urn, inputs);
    record.id = old?.id ?? randomUUID();
    record.outputs = inputs;
    await this.parts.policing.resource(registration, record, inputs);
    this.parts.sessions.register(urn, inputs);
    // Unsupported settings are reported now, not at the first resource.
    this.parts.sessions.of(`${urn}::${record.id}`);
    const changed = old ? changedPaths(old.inputs, inputs) : [];
    if (!this.preview) {
      this.taken.add(record);
      if (old) await this.parts.operations.put(old, record);
      else this.parts.file.state.resources.push(record);
    }
    const operation = old ? (changed.length > 0 ? "update" : "same") : "create";
    this.parts.report.step({ operation, record, changed, started });
    return { urn, id: record.id, properties: registration.inputs, result: "success" };
  }

  private async resource(
    urn: string,
    registration: Registration,
    old: ResourceState | undefined,
  ): Promise<Answer> {
    const { sessions, programFolder, report, policing } = this.parts;
    const type = resourceType(registration.type);
    const session = sessions.of(registration.provider);
    const look = (before: ResourceState | undefined) =>
      check(registration.type, type, registration.name, registration.inputs, session, before, this.preview);
    let checked = look(old);
    let unpacked = await unpack(checked.inputs, programFolder);
    const inputs = old
      ? ignoringChanges(old.inputs, unpacked.inputs, registration.ignoreChanges)
      : unpacked.inputs;
    let record = named(recordOf(registration, urn, inputs), checked.autonamed);
    await policing.resource(registration, record, answered(inputs, checked.inputs));
    const changed = old ? changesOf(type, old, record, this.renamed) : [];
    const decision = decide(type, old, record, changed, registration.replaceOnChanges);
    if (decision === "replace" && checked.autonamed) {
      checked = look(undefined);
      unpacked = await unpack(checked.inputs, programFolder);
      record = named(recordOf(registration, urn, unpacked.inputs), true);
    }
    const operation = this.cleared.has(urn) ? "replace" : decision;
    const started = Date.now();
    if (decision !== "same" && !this.preview) report.started(operation, record);
    const task = { urn, registration, type, old, record, changed, files: unpacked.files };
    try {
      if (this.preview) this.foresee(decision, task);
      else await this.carryOut(decision, task);
    } catch (error) {
      throw new OperationFailed(operation, error);
    }
    report.step({ operation, record, changed, started });
    policing.made(record.urn, answered(record.outputs, checked.inputs));
    return { urn, id: record.id, properties: answered(record.outputs, checked.inputs), result: "success" };
  }

  private foresee(decision: Decision, { registration, old, record }: Task): void {
    if (decision === "replace" && old) refuseProtected([old], "replaced");
    const known = old !== undefined && (decision === "same" || decision === "update");
    record.id = known ? old.id : "";
    const kept = known ? { ...old.outputs } : {};
    if (known) for (const key of Object.keys(old.inputs)) if (!(key in record.inputs)) delete kept[key];
    const outputs = decision === "same" ? kept : { ...kept, ...record.inputs };
    record.outputs = withSecrets(outputs, outputs, registration.additionalSecretOutputs);
  }

  private async carryOut(decision: Decision, task: Task): Promise<void> {
    const { old, record, registration, changed, files } = task;
    const { operations } = this.parts;
    const secrets = registration.additionalSecretOutputs;
    if (decision === "same" && old) {
      Object.assign(record, { id: old.id, outputs: withSecrets(old.outputs, record.inputs, secrets) });
      if (old.autonamed) record.autonamed = true;
      this.taken.add(record);
      await operations.put(old, record);
      return;
    }
    if (decision === "update" && old) {
      await operations.update(old, record, changed, files, secrets);
      this.taken.add(record);
      return;
    }
    if (decision === "replace" && old) await this.makeRoom(task, old);
    await operations.create(record, files, secrets);
    this.taken.add(record);
    // Only now: had its successor failed, the old one would have to stay.
    if (decision === "replace" && old) old.pendingDeletion = true;
  }

  /** Before a replacement: deletes the old resource if it must not exist when the new one is created, and its dependents. */
  private async makeRoom(task: Task, old: ResourceState): Promise<void> {
    refuseProtected([old], "replaced");
    this.taken.delete(old);
    if (!deletesFirst(task.type, task.registration.deleteBeforeReplace, old, task.record)) return;
    const live = this.parts.file.state.resources.filter((record) => !this.taken.has(record));
    const along = replacedTogether(old.urn, live, (record, property) =>
      isReplacing(resourceType(record.type), property),
    ).filter((record) => !this.registered.has(record.urn));
    refuseProtected(along, "replaced");
    for (const record of along) this.cleared.set(record.urn, record);
    const before = this.failures.length;
    for (const record of [old, ...along]) record.pendingDeletion = true;
    await this.deleteAll([...along, old]);
    if (this.failures.length > before)
      throw new EngineError("The resource that it replaces could not be deleted.");
    for (const record of [old, ...along]) this.old.delete(record.urn);
  }
}

interface Task {
  urn: string;
  registration: Registration;
  type: ResourceType;
  old: ResourceState | undefined;
  record: ResourceState;
  changed: string[];
  files: Record<string, Uint8Array>;
}

/** An error with the operation that failed. */
class OperationFailed extends Error {
  constructor(
    readonly operation: string,
    override readonly cause: unknown,
  ) {
    super("operation failed");
  }
}

function named(record: ResourceState, autonamed: boolean): ResourceState {
  return autonamed ? { ...record, autonamed } : record;
}

/** @throws EngineError naming the resources that are protected. */
export function refuseProtected(records: readonly ResourceState[], verb = "deleted"): void {
  const kept = records.filter((record) => record.protect);
  if (kept.length === 0) return;
  throw new EngineError(
    `Protected, so not ${verb}: ${kept.map(({ urn }) => displayName(urn)).join(", ")}. ` +
      "Deploy it with protect: false first if it really should be deleted.",
  );
}
