/** Your Pulumi program in a running organization. */
import * as path from "node:path";
import {
  createEngine,
  type DeploymentResult,
  type Engine,
  type EngineOptions,
  type RunOptions,
} from "./engine";
import type { Organization } from "./organization";

export interface ProgramOptions extends Omit<
  EngineOptions,
  "project" | "stack" | "config" | "environment" | "stateFile" | "organization"
> {
  /** The account whose root the program's default provider is. */
  accountId: string;
  /**
   * The program's configuration. Keys without a namespace are the project's own; values that are no text reach the program as JSON.
   * @default {}
   */
  config?: Record<string, unknown>;
  /** @default the name of the program's folder */
  project?: string;
  /** Each stack has a state of its own, in the organization's folder. @default "local" */
  stack?: string;
}

/** The engine for a program in an organization: preview, up, refresh, destroy. */
export function engineIn(
  organization: Pick<Organization, "endpointUrl" | "folder" | "aws">,
  options: ProgramOptions,
): Engine {
  const { accountId, config = {}, secretConfigKeys = [], stack = "local", ...others } = options;
  const programFolder = path.resolve(options.programFolder);
  const { project = path.basename(programFolder) } = options;
  const { region, credentials } = organization.aws(accountId);
  const fullKey = (key: string) => (key.includes(":") ? key : `${project}:${key}`);
  return createEngine({
    ...others,
    programFolder,
    project,
    stack,
    config: Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        fullKey(key),
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    secretConfigKeys: secretConfigKeys.map(fullKey),
    environment: {
      AWS_ENDPOINT_URL: organization.endpointUrl,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    stateFile: path.join(organization.folder, "state", project, `${stack}.json`),
  });
}

/**
 * Deploys a program, or what has changed in it since.
 * @throws DeploymentError, ProgramError, PolicyError, AbortedError
 */
export function deploy(
  organization: Pick<Organization, "endpointUrl" | "folder" | "aws">,
  { signal, ...program }: ProgramOptions & RunOptions,
): Promise<DeploymentResult> {
  return engineIn(organization, program).up({ signal });
}
