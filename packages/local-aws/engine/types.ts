/** The engine's options and results. */
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Properties } from "./values";

export interface EngineOptions {
  /** Folder of the program, whose package.json names `main`. */
  programFolder: string;
  project: string;
  stack: string;
  /** @default "organization" */
  organization?: string;
  /** By full key (`project:key`), with structured values as JSON. */
  config: Record<string, string>;
  /** Full keys of the values in `config` that no output may show. */
  secretConfigKeys?: string[];
  /** For AWS clients and for the program: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, … */
  environment: Record<string, string | undefined>;
  /** The state's file. The key of its secrets is beside it, as `.key`. */
  stateFile: string;
  /** CrossGuard policies over every resource of the program. */
  policies?: readonly (ResourceValidationPolicy | StackValidationPolicy)[];
  /** Receives everything as it happens. */
  onEvent?: (event: EngineEvent) => void;
  /** Resource operations at a time. @default 16 */
  parallel?: number;
}

export interface RunOptions {
  /** Stops the run: no further operation starts, running ones are finished, the program is ended. */
  signal?: AbortSignal;
}

export interface Engine {
  /** Computes what `up` would do. Creates nothing and writes no state. The result has the violated policies. */
  preview(options?: RunOptions): Promise<DeploymentResult>;
  /**
   * Runs the program and deploys its resources. With policies, a preview comes first.
   * @throws DeploymentError, ProgramError, PolicyError, AbortedError
   */
  up(options?: RunOptions): Promise<DeploymentResult>;
  /** Deletes everything in the state. @throws DeploymentError, AbortedError, EngineError for protected resources */
  destroy(options?: RunOptions): Promise<DeploymentResult>;
  /** Reads every resource, reports deviations from the deployment, and updates the state. */
  refresh(options?: RunOptions): Promise<RefreshResult>;
}

export type Operation = "create" | "update" | "replace" | "delete" | "same" | "read";

export interface Step {
  operation: Operation;
  urn: string;
  type: string;
  /** Name in the program. */
  name: string;
  /** Paths of the changed inputs, for replacements with those that caused it. */
  changedProperties: string[];
  milliseconds: number;
}

export interface Diagnostic {
  severity: "debug" | "info" | "warning" | "error";
  message: string;
  urn?: string;
}

export interface PolicyViolation {
  policy: string;
  enforcementLevel: "advisory" | "mandatory";
  severity?: string;
  message: string;
  /** Name and type of the resource, or the stack. */
  resource: string;
  urn?: string;
}

export type Changes = Record<"create" | "update" | "replace" | "delete" | "same", number>;

export interface DeploymentResult {
  /** The stack's outputs, with secrets in plain; `secretOutputs` names them. In a preview, unknown ones are missing. */
  outputs: Properties;
  secretOutputs: string[];
  changes: Changes;
  /** In the order in which they ended. */
  steps: Step[];
  diagnostics: Diagnostic[];
  policyViolations: PolicyViolation[];
  milliseconds: number;
}

export interface Drift {
  urn: string;
  type: string;
  name: string;
  /** `gone`: deleted without the engine. */
  kind: "gone" | "changed";
  /** Path, the program's value, the present value. Secrets are `[secret]`. */
  differences: { path: string; expected: string; found: string }[];
}

export interface RefreshResult {
  drift: Drift[];
  /** Resources that were read. */
  read: number;
  milliseconds: number;
}

export type EngineEvent =
  | { kind: "phase"; phase: "policy preview" | "preview" | "up" | "destroy" | "refresh" }
  | { kind: "started"; operation: Operation; urn: string; type: string; name: string }
  | { kind: "step"; step: Step }
  | { kind: "failed"; urn: string; message: string }
  | { kind: "diagnostic"; diagnostic: Diagnostic }
  | { kind: "output"; line: string; stream: "stdout" | "stderr" }
  | { kind: "violation"; violation: PolicyViolation };
