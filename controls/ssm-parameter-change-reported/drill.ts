/** Creates a parameter, and reads another one. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runAll, REPORTS_ONLY } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import { PARAMETER } from "./control";

interface Parameters {
  made: string;
  missing: string;
}

const VALUE = "a value that must not be reported";

export const drill: Drill<Record<string, never>, Parameters> = {
  ...REPORTS_ONLY,
  silentBenign: true,

  prepare: ({ name }) => Promise.resolve({ made: `/${name}/made`, missing: `/${name}/missing` }),

  async offend({ aws }, { made }) {
    await new SSMClient(aws).send(
      new PutParameterCommand({ Name: made, Value: VALUE, Type: "SecureString", Description: "Drill" }),
    );
  },

  checkReported(_, { made }, outcome) {
    const { findings, facts: { "Changed by": by, ...facts } = {} } = outcome;
    const reported = JSON.stringify({ findings, facts });
    const expected = JSON.stringify({
      findings: [`The parameter ${made} was created.`],
      facts: { Type: "SecureString", Tier: "Standard", Version: "1", Description: "Drill" },
    });
    if (reported !== expected)
      return { good: false, still: `It reported ${reported} instead of ${expected}.` };
    if (!by?.startsWith("arn:"))
      return { good: false, still: "It did not report who changed the parameter." };
    return JSON.stringify(outcome).includes(VALUE)
      ? { good: false, still: "It reported the parameter's value." }
      : { good: true };
  },

  async benign({ aws }, { missing }) {
    try {
      await new SSMClient(aws).send(new GetParameterCommand({ Name: missing }));
    } catch (error) {
      if (!isNamed(error, "ParameterNotFound")) throw error;
    }
  },

  cleanUp: ({ aws }, { made }) =>
    runAll(
      [() => new SSMClient(aws).send(new DeleteParameterCommand({ Name: made }))],
      ["ParameterNotFound"],
    ),

  resources: (context, { made, missing }) => ({
    offended: arnOf(context, made),
    benign: arnOf(context, missing),
  }),
};

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return PARAMETER.arn({ partition: partitionOf(region), account, region, id });
}
