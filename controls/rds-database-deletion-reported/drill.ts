/** Deletes a database instance without a final snapshot, and tries to delete one that doesn't exist. */
import { CreateDBInstanceCommand, DeleteDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import { randomBytes } from "node:crypto";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runAll, REPORTS_ONLY } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";

interface Databases {
  doomed: string;
  missing: string;
}

/** The API's names end in Fault, those of the SDK's classes don't. */
const GONE = [
  "DBInstanceNotFound",
  "DBInstanceNotFoundFault",
  "InvalidDBInstanceState",
  "InvalidDBInstanceStateFault",
];

export const drill: Drill<Record<string, never>, Databases> = {
  ...REPORTS_ONLY,
  silentBenign: true,

  async prepare({ aws, name }) {
    await new RDSClient(aws).send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: name,
        DBInstanceClass: "db.t3.micro",
        Engine: "mysql",
        AllocatedStorage: 20,
        MasterUsername: "drill",
        MasterUserPassword: randomBytes(12).toString("hex"),
      }),
    );
    return { doomed: name, missing: `${name}-none` };
  },

  offend: ({ aws }, { doomed }) => remove(aws, doomed),

  checkReported(_, { doomed }, { findings, facts = {} }) {
    const reported = { findings, snapshot: facts["Final snapshot"], engine: facts["Engine"]?.split(" ")[0] };
    const expected = {
      findings: [`The database instance ${doomed} is being deleted.`, "No final snapshot is taken."],
      snapshot: "none",
      engine: "mysql",
    };
    return JSON.stringify(reported) === JSON.stringify(expected)
      ? { good: true }
      : {
          good: false,
          still: `It reported ${JSON.stringify(reported)} instead of ${JSON.stringify(expected)}.`,
        };
  },

  async benign({ aws }, { missing }) {
    try {
      await remove(aws, missing);
    } catch (error) {
      if (isNamed(error, ...GONE)) return;
      throw error;
    }
    throw new Error(`There was a database ${missing}.`);
  },

  cleanUp: ({ aws }, { doomed }) => runAll([() => remove(aws, doomed)], GONE),

  resources: (context, { doomed, missing }) => ({
    offended: arnOf(context, doomed),
    benign: arnOf(context, missing),
  }),
};

async function remove(aws: DrillContext["aws"], name: string): Promise<void> {
  await new RDSClient(aws).send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: name, SkipFinalSnapshot: true }),
  );
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return `arn:${partitionOf(region)}:rds:${region}:${account}:db:${id}`;
}
