/** Creates a user, which gets the policy, and gives a password to one that has it. */
import {
  AttachUserPolicyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  IAMClient,
  ListAttachedUserPoliciesCommand,
} from "@aws-sdk/client-iam";
import { isDeepStrictEqual } from "node:util";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll } from "../lib/drill/steps";
import { deleteUser, NO_SUCH_ENTITY } from "../lib/drill/user";
import { isNamed } from "../lib/errors";
import { USER } from "../lib/resources";
import { policyArn } from "./policy";

interface Users {
  fresh: string;
  locked: string;
  policy: string;
}

/** Nobody signs in with it: the user is deleted within seconds. */
const PASSWORD = "Drill-4-harbour-lights";

export const drill: Drill<Record<string, never>, Users> = {
  prepare: ({ aws, name, account }) =>
    allOrNothing(async (undo) => {
      const client = new IAMClient(aws);
      const [fresh, locked] = [`${name}-fresh`, `${name}-locked`];
      const policy = policyArn(partitionOf(aws.region), account);
      await client.send(new CreateUserCommand({ UserName: locked }));
      undo(() => deleteUser(client, locked));
      await client.send(new AttachUserPolicyCommand({ UserName: locked, PolicyArn: policy }));
      return { fresh, locked, policy };
    }),

  async offend({ aws }, { fresh }) {
    await new IAMClient(aws).send(new CreateUserCommand({ UserName: fresh }));
  },

  async check({ aws }, { fresh, policy }) {
    try {
      const good = (await policiesOf(aws, fresh)).includes(policy);
      return good ? { good } : { good, still: `The user ${fresh} has no policy that asks for MFA.` };
    } catch (error) {
      if (!isNamed(error, ...NO_SUCH_ENTITY)) throw error;
      return { good: false, still: `There is no user ${fresh}.` };
    }
  },

  async benign({ aws }, { locked }) {
    await new IAMClient(aws).send(new CreateLoginProfileCommand({ UserName: locked, Password: PASSWORD }));
  },

  async checkBenign({ aws }, { locked, policy }) {
    const policies = await policiesOf(aws, locked);
    const good = isDeepStrictEqual(policies, [policy]);
    return good ? { good } : { good, still: `The policies of ${locked} are ${policies.join(", ")}.` };
  },

  async cleanUp({ aws }, { fresh, locked }) {
    const client = new IAMClient(aws);
    await runAll([() => deleteUser(client, locked), () => deleteUser(client, fresh)], NO_SUCH_ENTITY);
  },

  resources: (context, { fresh, locked }) => ({
    offended: arnOf(context, fresh),
    benign: arnOf(context, locked),
  }),
};

async function policiesOf(aws: DrillContext["aws"], UserName: string): Promise<string[]> {
  const asked = new ListAttachedUserPoliciesCommand({ UserName });
  const { AttachedPolicies: attached = [] } = await new IAMClient(aws).send(asked);
  return attached.flatMap(({ PolicyArn }) => PolicyArn ?? []);
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return USER.arn({ partition: partitionOf(region), account, region, id });
}
