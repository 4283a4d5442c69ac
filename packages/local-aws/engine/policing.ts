/** Applies policies to a run: collects their violations, and stops resources. */
import { EngineError } from "./errors";
import type { PolicyRunner, PolicySubject } from "./policy";
import type { Registration } from "./registration";
import type { Report } from "./report";
import type { ResourceState } from "./state";
import type { Properties } from "./values";

export class PolicyEnforcement {
  private readonly subjects = new Map<string, PolicySubject>();

  /** `stops`: a mandatory violation throws, as in `up`. In a preview it is only reported. */
  constructor(
    private readonly runner: PolicyRunner | undefined,
    private readonly report: Report,
    private readonly stops: boolean,
  ) {}

  /** @throws EngineError for a mandatory violation in `up`. */
  async resource(registration: Registration, record: ResourceState, inputs: Properties): Promise<void> {
    if (this.runner === undefined) return;
    const provider = record.provider?.slice(0, record.provider.lastIndexOf("::"));
    const subject: PolicySubject = {
      urn: record.urn,
      type: record.type,
      name: record.name,
      parent: record.parent,
      properties: inputs,
      protect: registration.protect,
      ignoreChanges: registration.ignoreChanges,
      aliases: registration.aliases.flatMap(({ urn }) => (urn ? [urn] : [])),
      additionalSecretOutputs: registration.additionalSecretOutputs,
      deleteBeforeReplace: registration.deleteBeforeReplace,
      provider:
        provider === undefined
          ? undefined
          : { urn: provider, inputs: this.subjects.get(provider)?.properties ?? {} },
      dependencies: record.dependencies,
      propertyDependencies: record.propertyDependencies,
    };
    this.subjects.set(record.urn, subject);
    this.apply(await this.runner.resource(subject));
  }

  /** Adds the outputs of a created resource for stack policies. */
  made(urn: string, outputs: Properties): void {
    const subject = this.subjects.get(urn);
    if (subject !== undefined) this.subjects.set(urn, { ...subject, properties: outputs });
  }

  /** Applies stack policies, once everything is registered. */
  async stack(): Promise<void> {
    if (this.runner !== undefined) this.apply(await this.runner.stack([...this.subjects.values()]));
  }

  private apply(violations: Awaited<ReturnType<PolicyRunner["resource"]>>): void {
    for (const violation of violations) this.report.violation(violation);
    const [first] = violations.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
    if (first && this.stops) throw new EngineError(`The policy ${first.policy} forbids it: ${first.message}`);
  }
}
