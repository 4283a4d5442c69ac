/** Deploys a stack into the local organization: the unmodified program, through the local engine, with the policy pack. */
import * as path from "node:path";
import { policies } from "../policies/policies";
import { createEngine, type Engine, type EngineEvent } from "@bailiwick/local-aws/engine";
import type { Organization } from "@bailiwick/local-aws";
import { programFolder, settingsOf, type Stack } from "./stack";

export interface DeployOptions {
  onEvent?: (event: EngineEvent) => void;
  /** Another program, in tests. */
  programFolder?: string;
}

/** The engine of a stack in a running organization: its state lies in the organization's folder and goes with it. */
export function engineFor(organization: Organization, stack: Stack, options: DeployOptions = {}): Engine {
  const settings = settingsOf(stack);
  const { region, credentials } = organization.aws(settings.credentialsAccountId, settings.homeRegion);
  return createEngine({
    programFolder: options.programFolder ?? programFolder,
    project: stack.project,
    stack: stack.name,
    config: stack.configuration,
    environment: {
      AWS_ENDPOINT_URL: organization.endpointUrl,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    stateFile: path.join(organization.folder, "state", `${stack.name}.json`),
    policies,
    onEvent: options.onEvent,
  });
}
