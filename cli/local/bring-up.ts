/** Starts an organization and deploys the program into it: the first steps of `drill` and `up`. */
import type { Settings } from "../../config";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import { untilOrganizationEnds } from "@bailiwick/local-aws/organization-end";
import { engineFor } from "../../rehearsal/deploy";
import type { Organization } from "@bailiwick/local-aws";
import { startOrganizationOf } from "../../rehearsal/organization";
import { startReceiver, type Receiver } from "@bailiwick/local-aws/slack";
import {
  confirmSubscription,
  localChannels,
  subscribeMailbox,
} from "../../rehearsal/channels/local-channels";
import { readStack, settingsOf, type Stack } from "../../rehearsal/stack";
import type { RunContext } from "../lifecycle";
import type { Step } from "../progress";

/** The stack of the organization on this machine. */
const STACK = "local";

/** What the steps of a run share; the steps fill it in. */
export interface RunState {
  stack: Stack;
  settings: Settings;
  organization?: Organization;
  /** Where its messages go. */
  receiver?: Receiver;
  /** The duration of each step, by a short name. */
  phases: { name: string; milliseconds: number }[];
}

/** The state before the first step. @throws ConfigurationError */
export function newRunState(): RunState {
  // The channels' addresses are known once the receiver is up, but watches refer to the channels before.
  const stack = readStack(STACK, { "bailiwick:channels": localChannels({ url: "http://127.0.0.1" }) });
  return { stack, settings: settingsOf(stack), phases: [] };
}

/** @throws Error before the organization is up. */
export function organizationOf({ organization }: RunState): Organization {
  if (organization === undefined) throw new Error("The organization has not been brought up.");
  return organization;
}

/** The client configuration of the security account, which has the channels, in the home region. */
export function securityAccount(state: RunState): AwsClientConfig & { account: string } {
  const account = state.settings.security.id;
  return { ...organizationOf(state).aws(account), account };
}

export const bringUpSteps = <G extends RunState>(run: RunContext): Step<G>[] => [
  {
    title: "Start the organization",
    run: (state, say) =>
      recordPhase(state, "start", async () => {
        const receiver = await startReceiver({
          confirm: (...of) => confirmSubscription(securityAccount(state), ...of),
        });
        run.defer(() => receiver.close());
        // The address is known only now, so the stack's file can't have it.
        state.stack = readStack(STACK, { "bailiwick:channels": localChannels(receiver) });
        state.settings = settingsOf(state.stack);
        state.receiver = receiver;
        const organization = await startOrganizationOf(state.settings, { say });
        run.defer(() => organization.stop());
        state.organization = organization;
        // The run may be ending already: then its cleanups have run.
        if (run.signal.aborted) await organization.stop();
        const { members, regions } = state.settings;
        return `${organization.accounts.length} accounts, ${members.length} of them members, ${regions.length} regions`;
      }),
  },
  {
    title: "Deploy the program",
    run: (state, say) =>
      recordPhase(state, "deploy", async () => {
        let made = 0;
        const organization = organizationOf(state);
        const engine = engineFor(organization, state.stack, {
          onEvent: (event) => {
            if (event.kind === "step" && event.step.operation !== "same") {
              made++;
              say.live(`${made} resources, latest: ${event.step.name}`);
            } else if (event.kind === "violation")
              say(`${event.violation.policy}: ${event.violation.resource}: ${event.violation.message}`);
          },
        });
        const changes = await untilOrganizationEnds(organization, async (ended) => {
          const done = await engine.up({ signal: AbortSignal.any([run.signal, ended]) });
          if (state.receiver) await subscribeMailbox(state.settings, securityAccount(state), state.receiver);
          return done.changes;
        });
        return `${changes.create} resources`;
      }),
  },
];

/** Runs `work` and records how long it took. */
export async function recordPhase<T>(state: RunState, name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    state.phases.push({ name, milliseconds: performance.now() - began });
  }
}
