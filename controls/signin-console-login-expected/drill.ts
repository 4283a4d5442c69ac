/** Signs a user in without MFA after too many wrong passwords; another user with fewer wrong passwords, and with MFA. */
import {
  CreateUserCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll, sameReport, REPORTS_ONLY } from "../lib/drill/steps";
import { USER } from "../iam-user-mfa-required/control";
import { POLICY_NAME } from "../iam-user-mfa-required/remediate";
import { isNamed } from "../lib/errors";
import type { SignIns } from "./control";

interface Users {
  careless: string;
  careful: string;
}

/** A wrong password. */
async function failOf({ aws: { region }, signIn }: DrillContext<SignIns>, userName: string): Promise<void> {
  await signIn?.({ userName, fails: true, region });
}

const GONE = ["NoSuchEntity", "NoSuchEntityException"];

export const drill: Drill<SignIns, Users> = {
  ...REPORTS_ONLY,

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

  async offend(context, { careless }) {
    for (let time = 0; time < context.parameters.failures; time++) await failOf(context, careless);
    await context.signIn?.({ userName: careless, mfa: false, region: context.aws.region });
  },

  checkReported({ aws: { region }, parameters: { failures, minutes } }, { careless }, _, reported) {
    const facts = { User: `user ${careless}`, MFA: "not used", "Sign-in region": region };
    // Functions process them concurrently, in any order.
    const failed = reported.find((outcome) => outcome.facts?.["Result"] === "failed");
    const signedIn = reported.find((outcome) => outcome.facts?.["Result"] === "signed in");
    if (reported.length !== 2 || !failed || !signedIn)
      return { good: false, still: `It reported ${JSON.stringify(reported.map(({ findings }) => findings))}.` };
    const repeated = sameReport(failed, {
      findings: [`A sign-in of user ${careless} failed: Failed authentication.`],
      facts: { ...facts, Result: "failed", Failures: `${failures} within ${minutes} minutes` },
    });
    if (!repeated.good) return repeated;
    return sameReport(signedIn, {
      findings: [`User ${careless} signed in without MFA.`],
      facts: { ...facts, Result: "signed in" },
    });
  },

  times: ({ parameters: { failures } }) => ({ reported: 2, benign: failures }),

  async benign(context, { careful }) {
    for (let time = 1; time < context.parameters.failures; time++) await failOf(context, careful);
    await context.signIn?.({ userName: careful, mfa: true, region: context.aws.region });
  },

  async cleanUp({ aws }, { careless, careful }) {
    const client = new IAMClient(aws);
    await runAll([() => removeUser(client, careless), () => removeUser(client, careful)], GONE);
  },

  resources: (context, { careless, careful }) => ({
    offended: arnOf(context, careless),
    benign: arnOf(context, careful),
  }),
};

/** iam-user-mfa-required may have attached its policy to them. */
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
