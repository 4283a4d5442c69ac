import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ControlSettings, RemediationSettings } from "../config";
import { CONTROL_TIMEOUT_SECONDS } from "../contract/limits";
import { UNDO_FUNCTION_ROLE_NAME, UNDO_NAME } from "../contract/names";
import { bundleUndo } from "./lib/bundle";
import { undoPermissions, undoSettings } from "./lib/control-function";
import { lambdaFunction, type FunctionNetwork } from "./lib/lambda-function";

interface UndoFunctionArgs {
  partition: string;
  organizationId: string;
  securityAccountId: string;
  /** The hub's region. */
  region: string;
  hubBusArn: string;
  ledgerTableArn: string;
  /** The controls that are on. */
  controls: readonly ControlSettings[];
  remediation: RemediationSettings;
  /** Leaves the function's log group standing when everything is destroyed. @default true */
  protectEvidence?: boolean;
  /** Default: Lambda's own network, which reaches AWS and the internet. */
  network?: FunctionNetwork;
  /** How long the function's log group keeps logs, in days. */
  logRetentionDays: number;
  provider: aws.Provider;
}

const MEMORY_MEGABYTES = 512;

/**
 * The function that undoes fixes. It has no event source, and no role of the program may invoke it: people do, by `bailiwick undo`, and
 * the organization's trail records each invocation.
 */
export class UndoFunction extends pulumi.ComponentResource {
  readonly function: aws.lambda.Function;

  constructor(name: string, args: UndoFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:UndoFunction", name, args, opts);
    const { region, partition, network } = args;
    const controls = args.controls.filter(({ control }) => control.undoPermissions !== undefined);
    const catalogue = controls.map(({ control }) => control);
    const { lambda } = lambdaFunction(
      name,
      {
        region,
        functionName: UNDO_NAME,
        description: "Undoes what Bailiwick remediated, when a person asks for it",
        role: {
          name: UNDO_FUNCTION_ROLE_NAME,
          description: "Function of undos",
          permissions: undoPermissions({ ...args, controls: catalogue, inNetwork: network !== undefined }),
        },
        code: bundleUndo(catalogue.map(({ id }) => id)),
        settings: undoSettings(partition, controls, args.remediation),
        timeoutSeconds: CONTROL_TIMEOUT_SECONDS,
        memoryMegabytes: MEMORY_MEGABYTES,
        logRetentionDays: args.logRetentionDays,
        retainEvidence: args.protectEvidence ?? true,
        ...(network && { network }),
      },
      { parent: this, provider: args.provider },
    );
    this.function = lambda;
    this.registerOutputs({ functionName: lambda.name });
  }
}
