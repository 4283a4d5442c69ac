/** Creates a table by hand, and one with the role of a pipeline. */
import {
  BillingMode,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { TABLE } from "../lib/resources";
import { assumeRole } from "../lib/drill/role";
import { allOrNothing, runAll } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import type { Pipelines } from "./control";

interface Tables {
  byHand: string;
  byPipeline: string;
  role: string;
  pipeline: AwsClientConfig;
}

const GONE = ["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"];
const POLICY = "tables";

export const drill: Drill<Pipelines, Tables> = {
  prepare: (context) =>
    allOrNothing(async (undo) => {
      const { aws, name, account } = context;
      const iam = new IAMClient(aws);
      const role = roleName(context);
      const document = (statement: object) =>
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
      const root = `arn:${partitionOf(aws.region)}:iam::${account}:root`;
      const AssumeRolePolicyDocument = document({ Action: "sts:AssumeRole", Principal: { AWS: root } });
      const made = await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument }));
      undo(() => iam.send(new DeleteRoleCommand({ RoleName: role })));
      const PolicyDocument = document({
        Action: ["dynamodb:CreateTable", "dynamodb:DescribeTable"],
        Resource: "*",
      });
      await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: POLICY, PolicyDocument }));
      undo(() => iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: POLICY })));
      const pipeline = await assumeRole(aws, made.Role?.Arn ?? "");
      return { byHand: `${name}-by-hand`, byPipeline: `${name}-by-pipeline`, role, pipeline };
    }),

  offend: ({ aws }, { byHand }) => create(aws, byHand),

  async check({ aws }, { byHand }) {
    const status = await statusOf(aws, byHand);
    if (status === undefined || status === "DELETING") return { good: true };
    return { good: false, still: `The table ${byHand} is ${status}.` };
  },

  benign: (_, { pipeline, byPipeline }) => create(pipeline, byPipeline),

  async checkBenign({ aws }, { byPipeline }) {
    const status = await statusOf(aws, byPipeline);
    if (status === "ACTIVE" || status === "CREATING") return { good: true };
    return { good: false, still: `The table ${byPipeline} is ${status ?? "gone"}.` };
  },

  async cleanUp({ aws }, { byHand, byPipeline, role }) {
    const [client, iam] = [new DynamoDBClient(aws), new IAMClient(aws)];
    await runAll(
      [
        ...[byHand, byPipeline].map((TableName) => () => client.send(new DeleteTableCommand({ TableName }))),
        () => iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: POLICY })),
        () => iam.send(new DeleteRoleCommand({ RoleName: role })),
      ],
      GONE,
    );
  },

  resources: (context, { byHand, byPipeline }) => ({
    offended: arnOf(context, byHand),
    benign: arnOf(context, byPipeline),
  }),
};

/** A name that matches one of the stack's principals: those of the local organization end in `-pipeline`. */
function roleName({ aws, name, parameters }: DrillContext<Pipelines>): string {
  if (parameters.principals.length === 0)
    throw new Error(
      "The stack names no principals that may create tables (parameter principals), so there is nothing to break.",
    );
  return `${name}-${aws.region}-pipeline`;
}

async function create(aws: AwsClientConfig, TableName: string): Promise<void> {
  await new DynamoDBClient(aws).send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: BillingMode.PAY_PER_REQUEST,
    }),
  );
}

async function statusOf(aws: AwsClientConfig, TableName: string): Promise<string | undefined> {
  try {
    return (await new DynamoDBClient(aws).send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

function arnOf({ account, aws: { region } }: DrillContext<Pipelines>, id: string): string {
  return TABLE.arn({ partition: partitionOf(region), account, region, id });
}
