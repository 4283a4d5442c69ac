/** Signs a user in without MFA, and another one with it. */
import {
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { partitionOf } from "../cloudtrail-events";
import type { Drill, DrillContext } from "../control";
import { allOrNothing, runAll, sameTold, TELLS_ONLY } from "../drill-steps";
import { USER } from "../iam-user-mfa-required/control";
import { POLICY_NAME } from "../iam-user-mfa-required/remediate";
import { isNamed } from "../errors";
import type { SignIns } from "./control";

interface Users {
  careless: string;
  careful: string;
}

const GONE = ["NoSuchEntity", "NoSuchEntityException"];

export const drill: Drill<SignIns, Users> = {
  ...TELLS_ONLY,

  prepare: ({ aws, name, signIn }) =>
    allOrNothing(async (undo) => {
      if (!signIn) throw new Error("Nobody can be signed in to the console from here.");
      const client = new IAMClient(aws);
      const users = { careless: `${name}-careless`, careful: `${name}-careful` };
      for (const UserName of [users.careless, users.careful]) {
        await client.send(new CreateUserCommand({ UserName }));
        undo(() => removeUser(client, UserName));
      }
      return users;
    }),

  offend: async ({ aws: { region }, signIn }, { careless }) =>
    signIn?.({ userName: careless, mfa: false, region }),

  checkTold: ({ aws: { region } }, { careless }, outcome) =>
    sameTold(outcome, {
      findings: [`User ${careless} signed in without MFA.`],
      facts: { User: `user ${careless}`, MFA: "not used", Result: "signed in", "Sign-in region": region },
    }),

  lookAlike: async ({ aws: { region }, signIn }, { careful }) =>
    signIn?.({ userName: careful, mfa: true, region }),

  async cleanUp({ aws }, { careless, careful }) {
    const client = new IAMClient(aws);
    await runAll([() => removeUser(client, careless), () => removeUser(client, careful)], GONE);
  },

  resources: (context, { careless, careful }) => ({
    offended: arnOf(context, careless),
    lookAlike: arnOf(context, careful),
  }),
};

/** The control that asks new users for MFA may have put its policy on them. */
async function removeUser(client: IAMClient, UserName: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await runAll(
      [() => client.send(new DeleteUserPolicyCommand({ UserName, PolicyName: POLICY_NAME }))],
      GONE,
    );
    try {
      await client.send(new DeleteUserCommand({ UserName }));
      return;
    } catch (error) {
      if (!isNamed(error, "DeleteConflict", "DeleteConflictException") || attempt === 5) throw error;
    }
  }
}

function arnOf({ account, aws: { region } }: DrillContext<SignIns>, id: string): string {
  return USER.arn({ partition: partitionOf(region), account, region, id });
}
