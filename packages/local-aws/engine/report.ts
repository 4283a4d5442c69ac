/** Reports the operations of a run as they happen, and collects them for its result. Shows no secret. */
import type { Json } from "@bailiwick/aws-events/record";
import type { ResourceFailure } from "./errors";
import type { ResourceState } from "./state";
import type {
  Changes,
  DeploymentResult,
  Diagnostic,
  EngineEvent,
  Operation,
  PolicyViolation,
  Step,
} from "./types";
import { hasSecret, hasUnknown, plainProperties, secretStrings, type Properties } from "./values";

/** Hiding shorter secrets would hide harmless text. */
const SHORTEST_SECRET = 4;

export class Report {
  readonly steps: Step[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly violations: PolicyViolation[] = [];
  private readonly secrets = new Set<string>();
  private readonly start = Date.now();

  constructor(private readonly onEvent: (event: EngineEvent) => void) {}

  emit(event: EngineEvent): void {
    this.onEvent(event);
  }

  /** Adds the secrets in a value to those that no message may show. */
  addSecrets(value: Json): void {
    for (const text of secretStrings(value)) if (text.length >= SHORTEST_SECRET) this.secrets.add(text);
  }

  /** The text without the known secrets. */
  clean(text: string): string {
    let result = text;
    for (const item of this.secrets) result = result.replaceAll(item, "[secret]");
    return result;
  }

  started(operation: Operation, { urn, type, name }: ResourceState): void {
    this.emit({ kind: "started", operation, urn, type, name });
  }

  step(done: { operation: Operation; record: ResourceState; changed: string[]; started: number }): void {
    const { urn, type, name } = done.record;
    const step: Step = {
      operation: done.operation,
      urn,
      type,
      name,
      changedProperties: done.changed,
      milliseconds: Date.now() - done.started,
    };
    this.steps.push(step);
    this.emit({ kind: "step", step });
  }

  failed(failure: ResourceFailure): ResourceFailure {
    const shown = { ...failure, message: this.clean(failure.message) };
    this.diagnostic({ severity: "error", message: shown.message, urn: shown.urn });
    this.emit({ kind: "failed", urn: shown.urn, message: shown.message });
    return shown;
  }

  diagnostic(diagnostic: Diagnostic): void {
    const shown = { ...diagnostic, message: this.clean(diagnostic.message) };
    this.diagnostics.push(shown);
    this.emit({ kind: "diagnostic", diagnostic: shown });
  }

  violation(violation: PolicyViolation): void {
    const shown = { ...violation, message: this.clean(violation.message) };
    this.violations.push(shown);
    this.emit({ kind: "violation", violation: shown });
  }

  result(outputs: Properties): DeploymentResult {
    const changes: Changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
    for (const { operation } of this.steps) if (operation !== "read") changes[operation]++;
    const known = Object.entries(outputs).filter(([, value]) => !hasUnknown(value));
    return {
      outputs: plainProperties(Object.fromEntries(known)),
      secretOutputs: known.filter(([, value]) => hasSecret(value)).map(([key]) => key),
      changes,
      steps: this.steps,
      diagnostics: this.diagnostics,
      policyViolations: this.violations,
      milliseconds: Date.now() - this.start,
    };
  }
}
