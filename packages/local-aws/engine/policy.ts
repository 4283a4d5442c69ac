/**
 * CrossGuard policies, evaluated in this process by the same functions that a policy pack's server runs.
 * https://www.pulumi.com/docs/iac/crossguard/
 */
import { createRequire } from "node:module";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { EngineError } from "./errors";
import type { EngineOptions, PolicyViolation } from "./types";
import { parseUrn } from "./urn";
import { plainProperties, toStruct, type Properties } from "./values";

type Policies = NonNullable<EngineOptions["policies"]>;
type Handler<Request> = (
  call: { request: Request },
  callback: (error: Error | null | undefined, answer?: analyzer.AnalyzeResponse) => void,
) => void;
type MakeHandler<Request> = (
  pack: string,
  version: string,
  level: "mandatory",
  policies: Policies,
) => Handler<Request>;

const PACK = "program";
const VERSION = "0.0.0";

/** A resource as policies see it. */
export interface PolicySubject {
  urn: string;
  type: string;
  name: string;
  parent: string | undefined;
  /** Inputs for resource policies, outputs for stack policies. */
  properties: Properties;
  protect: boolean;
  ignoreChanges: readonly string[];
  aliases: readonly string[];
  additionalSecretOutputs: readonly string[];
  deleteBeforeReplace: boolean | undefined;
  provider: { urn: string; inputs: Properties } | undefined;
  dependencies: readonly string[];
  propertyDependencies: Record<string, string[]>;
}

/** The policies of one run. */
export class PolicyRunner {
  private readonly analyzeResource: Handler<analyzer.AnalyzeRequest>;
  private readonly analyzeStack: Handler<analyzer.AnalyzeStackRequest>;

  private constructor(
    resource: MakeHandler<analyzer.AnalyzeRequest>,
    stack: MakeHandler<analyzer.AnalyzeStackRequest>,
    policies: Policies,
  ) {
    this.analyzeResource = resource(PACK, VERSION, "mandatory", policies);
    this.analyzeStack = stack(PACK, VERSION, "mandatory", policies);
  }

  /** Loaded late, because the policy SDK loads the whole Pulumi SDK. */
  static load(policies: Policies): PolicyRunner {
    // The package doesn't declare it, as it is meant for policy packs.
    const server = createRequire(__filename)("@pulumi/policy/server") as {
      makeAnalyzeRpcFun: MakeHandler<analyzer.AnalyzeRequest>;
      makeAnalyzeStackRpcFun: MakeHandler<analyzer.AnalyzeStackRequest>;
    };
    return new PolicyRunner(server.makeAnalyzeRpcFun, server.makeAnalyzeStackRpcFun, policies);
  }

  /** @throws EngineError when a policy throws. */
  async resource(subject: PolicySubject): Promise<PolicyViolation[]> {
    const request = new analyzer.AnalyzeRequest();
    request.setType(subject.type);
    request.setUrn(subject.urn);
    request.setName(subject.name);
    request.setProperties(toStruct(plainProperties(subject.properties)));
    request.setOptions(options(subject));
    request.setProvider(provider(subject));
    return violations(await ask(this.analyzeResource, request), subject.urn);
  }

  async stack(subjects: readonly PolicySubject[]): Promise<PolicyViolation[]> {
    const request = new analyzer.AnalyzeStackRequest();
    request.setResourcesList(
      subjects.map((subject) => {
        const resource = new analyzer.AnalyzerResource();
        resource.setType(subject.type);
        resource.setUrn(subject.urn);
        resource.setName(subject.name);
        resource.setParent(subject.parent ?? "");
        resource.setProperties(toStruct(plainProperties(subject.properties)));
        resource.setOptions(options(subject));
        resource.setProvider(provider(subject));
        resource.setDependenciesList([...subject.dependencies]);
        for (const [property, urns] of Object.entries(subject.propertyDependencies)) {
          const dependencies = new analyzer.AnalyzerPropertyDependencies();
          dependencies.setUrnsList(urns);
          resource.getPropertydependenciesMap().set(property, dependencies);
        }
        return resource;
      }),
    );
    return violations(await ask(this.analyzeStack, request), undefined);
  }
}

function options(subject: PolicySubject): analyzer.AnalyzerResourceOptions {
  const result = new analyzer.AnalyzerResourceOptions();
  result.setProtect(subject.protect);
  result.setIgnorechangesList([...subject.ignoreChanges]);
  result.setAliasesList([...subject.aliases]);
  result.setAdditionalsecretoutputsList([...subject.additionalSecretOutputs]);
  result.setDeletebeforereplace(subject.deleteBeforeReplace ?? false);
  result.setDeletebeforereplacedefined(subject.deleteBeforeReplace !== undefined);
  result.setParent(subject.parent ?? "");
  return result;
}

function provider(subject: PolicySubject): analyzer.AnalyzerProviderResource | undefined {
  if (subject.provider === undefined) return undefined;
  const { type, name } = parseUrn(subject.provider.urn);
  const result = new analyzer.AnalyzerProviderResource();
  result.setType(type);
  result.setName(name);
  result.setUrn(subject.provider.urn);
  result.setProperties(toStruct(plainProperties(subject.provider.inputs)));
  return result;
}

function ask<Request>(handler: Handler<Request>, request: Request): Promise<analyzer.AnalyzeResponse> {
  return new Promise((resolve, reject) => {
    handler({ request }, (error, answer) => {
      if (answer !== undefined) resolve(answer);
      else reject(new EngineError(`A policy failed: ${error?.message ?? "no answer"}`));
    });
  });
}

const SEVERITIES = ["", "low", "medium", "high", "critical"];

function violations(answer: analyzer.AnalyzeResponse, subject: string | undefined): PolicyViolation[] {
  return answer.getDiagnosticsList().map((diagnostic) => {
    const urn = diagnostic.getUrn() || subject;
    const severity = SEVERITIES[diagnostic.getSeverity()];
    const parts = urn === undefined ? undefined : parseUrn(urn);
    return {
      policy: diagnostic.getPolicyname(),
      enforcementLevel:
        diagnostic.getEnforcementlevel() === analyzer.EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
      ...(severity ? { severity } : {}),
      message: diagnostic.getMessage(),
      resource: parts ? `${parts.type} "${parts.name}"` : "the stack",
      ...(urn === undefined ? {} : { urn }),
    };
  });
}
