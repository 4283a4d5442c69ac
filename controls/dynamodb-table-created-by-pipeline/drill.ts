/** Creates a table by hand, and one with the role of a pipeline. */
import {
  BillingMode,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { TABLE } from "../lib/resources";
import { assumeRole } from "../lib/drill/role";
import { runAll } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import type { Pipelines } from "./control";

interface Tables {
  byHand: string;
  byPipeline: string;
  pipeline: AwsClientConfig;
}

export const drill: Drill<Pipelines, Tables> = {
  async prepare(context) {
    const { aws, name } = context;
    const pipeline = await assumeRole(aws, await pipelineOf(context));
    return { byHand: `${name}-by-hand`, byPipeline: `${name}-by-pipeline`, pipeline };
  },

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

  async cleanUp({ aws }, { byHand, byPipeline }) {
    const client = new DynamoDBClient(aws);
    await runAll(
      [byHand, byPipeline].map((TableName) => () => client.send(new DeleteTableCommand({ TableName }))),
      ["ResourceNotFoundException"],
    );
  },

  resources: (context, { byHand, byPipeline }) => ({
    offended: arnOf(context, byHand),
    benign: arnOf(context, byPipeline),
  }),
};

/**
 * The ARN of the account's pipeline, the role that the stack names. It is made if the account has none, and stays: drills in other regions
 * use it at the same time.
 */
async function pipelineOf({ account, aws, parameters }: DrillContext<Pipelines>): Promise<string> {
  const arn = parameters.principals.find((each) => each.includes(`:${account}:role/`) && !each.includes("*"));
  if (arn === undefined)
    throw new Error(
      `The stack names no role of the account ${account} that may create tables (parameter principals), so nobody could create one.`,
    );
  const [RoleName = ""] = arn.split("/").slice(-1);
  const Path = arn.slice(arn.indexOf("/"), -RoleName.length);
  const iam = new IAMClient(aws);
  const document = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const root = `arn:${partitionOf(aws.region)}:iam::${account}:root`;
  const AssumeRolePolicyDocument = document({ Action: "sts:AssumeRole", Principal: { AWS: root } });
  try {
    await iam.send(new CreateRoleCommand({ RoleName, Path, AssumeRolePolicyDocument }));
  } catch (error) {
    if (!isNamed(error, "EntityAlreadyExists", "EntityAlreadyExistsException")) throw error;
  }
  const Action = ["dynamodb:CreateTable", "dynamodb:DescribeTable"];
  const PolicyDocument = document({ Action, Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "tables", PolicyDocument }));
  return arn;
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
