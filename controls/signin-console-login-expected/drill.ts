/** Signs a user in without MFA after too many wrong passwords; another user with fewer wrong passwords, and with MFA. */
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll, sameReport, REPORTS_ONLY } from "../lib/drill/steps";
import { USER } from "../lib/resources";
import { deleteUser, NO_SUCH_ENTITY } from "../lib/drill/user";
import type { SignIns } from "./parameters";

interface Users {
  careless: string;
  careful: string;
}

/** A wrong password. */
async function failOf({ aws: { region }, signIn }: DrillContext<SignIns>, userName: string): Promise<void> {
  await signIn?.({ userName, fails: true, region });
}

export const drill: Drill<SignIns, Users> = {
  ...REPORTS_ONLY,

  prepare: ({ aws, name, signIn }) =>
    allOrNothing(async (undo) => {
      if (!signIn) throw new Error("Nobody can be signed in to the console from here.");
      const client = new IAMClient(aws);
      const users = { careless: `${name}-careless`, careful: `${name}-careful` };
      for (const UserName of [users.careless, users.careful]) {
        await client.send(new CreateUserCommand({ UserName }));
        undo(() => deleteUser(client, UserName));
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
      return {
        good: false,
        still: `It reported ${JSON.stringify(reported.map(({ findings }) => findings))}.`,
      };
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
    await runAll([() => deleteUser(client, careless), () => deleteUser(client, careful)], NO_SUCH_ENTITY);
  },

  resources: (context, { careless, careful }) => ({
    offended: arnOf(context, careless),
    benign: arnOf(context, careful),
  }),
};

function arnOf({ account, aws: { region } }: DrillContext<SignIns>, id: string): string {
  return USER.arn({ partition: partitionOf(region), account, region, id });
}
