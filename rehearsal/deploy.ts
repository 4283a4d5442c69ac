/** Deploys a stack into the local organization: the unmodified program, by the local engine, with the policy pack. */
import { policies } from "../policies/policies";
import { engineIn, type Engine, type EngineEvent, type Organization } from "@bailiwick/local-aws";
import { programFolder, settingsOf, type Stack } from "./stack";

interface DeployOptions {
  onEvent?: (event: EngineEvent) => void;
  /** Another program, in tests. */
  programFolder?: string;
}

/** The engine of a stack in a running organization. */
export function engineFor(organization: Organization, stack: Stack, options: DeployOptions = {}): Engine {
  return engineIn(organization, {
    programFolder: options.programFolder ?? programFolder,
    accountId: settingsOf(stack).credentialsAccountId,
    project: stack.project,
    stack: stack.name,
    config: stack.configuration,
    policies,
    onEvent: options.onEvent,
  });
}
