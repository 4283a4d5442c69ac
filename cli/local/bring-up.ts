/** An organization with the program deployed in it: what `drill` and `up` begin with. */
import type { Settings } from "../../config";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import { untilOrganizationEnds } from "@bailiwick/local-aws/organization-end";
import { engineFor } from "../../rehearsal/deploy";
import { startOrganization, type Organization } from "@bailiwick/local-aws";
import { startReceiver, type Receiver } from "@bailiwick/local-aws/slack";
import { confirmedBy, localChannels, readMails } from "../../rehearsal/channels/local-channels";
import { readStack, settingsOf, type Stack } from "../../rehearsal/stack";
import type { Life } from "./lifecycle";
import type { Step } from "../progress";

/** The stack that the organization on this machine is. */
export const STACK = "local";

export interface Ground {
  stack: Stack;
  settings: Settings;
  organization?: Organization;
  /** Where its messages go. */
  receiver?: Receiver;
  /** How long each step took, by a short name. */
  phases: { name: string; milliseconds: number }[];
}

/** @throws ConfigurationError */
export function readGround(): Ground {
  // The channels' addresses come with the receiver; watches may name them before.
  const stack = readStack(STACK, { "bailiwick:channels": localChannels({ url: "http://127.0.0.1" }) });
  return { stack, settings: settingsOf(stack), phases: [] };
}

/** The organization of a ground that has been brought up. */
export function broughtUp({ organization }: Ground): Organization {
  if (organization === undefined) throw new Error("The organization has not been brought up.");
  return organization;
}

/** For SDK clients: the account that has the channels, in the home region. */
export function securityOf(ground: Ground): AwsClientConfig & { account: string } {
  const account = ground.settings.security.id;
  return { ...broughtUp(ground).aws(account), account };
}

export const bringUpSteps = <G extends Ground>(life: Life): Step<G>[] => [
  {
    title: "Start the organization",
    run: (ground, say) =>
      timed(ground, "start", async () => {
        const receiver = await startReceiver({ confirm: (...of) => confirmedBy(securityOf(ground), ...of) });
        life.defer(() => receiver.close());
        // Its address is known only now, so that the stack's file can't have it.
        ground.stack = readStack(STACK, { "bailiwick:channels": localChannels(receiver) });
        ground.settings = settingsOf(ground.stack);
        ground.receiver = receiver;
        const organization = await startOrganization({ settings: ground.settings, say });
        life.defer(() => organization.stop());
        ground.organization = organization;
        // Too late: the run is already being torn down.
        if (life.signal.aborted) await organization.stop();
        const { members, regions } = ground.settings;
        return `${organization.accounts.length} accounts, ${members.length} of them members, ${regions.length} regions`;
      }),
  },
  {
    title: "Deploy the program",
    run: (ground, say) =>
      timed(ground, "deploy", async () => {
        let made = 0;
        const organization = broughtUp(ground);
        const engine = engineFor(organization, ground.stack, {
          onEvent: (event) => {
            if (event.kind === "step" && event.step.operation !== "same") {
              made++;
              say.live(`${made} resources, at last ${event.step.name}`);
            } else if (event.kind === "violation")
              say(`${event.violation.policy}: ${event.violation.resource}: ${event.violation.message}`);
          },
        });
        const changes = await untilOrganizationEnds(organization, async (ended) => {
          const done = await engine.up({ signal: AbortSignal.any([life.signal, ended]) });
          if (ground.receiver) await readMails(ground.settings, securityOf(ground), ground.receiver);
          return done.changes;
        });
        return `${changes.create} resources`;
      }),
  },
];

/** Notes how long `work` took. */
export async function timed<T>(ground: Ground, name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  try {
    return await work();
  } finally {
    ground.phases.push({ name, milliseconds: performance.now() - began });
  }
}
