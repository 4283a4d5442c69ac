/** Disables the event source mapping of a function, and changes the batch size of another one. */
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { strToU8, zipSync } from "fflate";
import { setTimeout as sleep } from "node:timers/promises";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import { MAPPING } from "./control";

interface Mappings {
  queues: string[];
  role: string;
  functionName: string;
  off: string;
  tuned: string;
}

const GONE = ["ResourceNotFoundException", "NoSuchEntityException", "QueueDoesNotExist"];
const POLICY = "receive";
const BATCH_SIZE = 7;

export const drill: Drill<Record<string, never>, Mappings> = {
  prepare: (context) =>
    allOrNothing(async (undo) => {
      const { aws, name } = context;
      const [iam, sqs, lambda] = [new IAMClient(aws), new SQSClient(aws), new LambdaClient(aws)];
      const arns: string[] = [];
      const queues: string[] = [];
      for (const end of ["off", "tuned"]) {
        const { QueueUrl: url = "" } = await sqs.send(
          new CreateQueueCommand({ QueueName: `${name}-${end}` }),
        );
        queues.push(url);
        undo(() => sqs.send(new DeleteQueueCommand({ QueueUrl: url })));
        const asked = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] });
        arns.push((await sqs.send(asked)).Attributes?.["QueueArn"] ?? "");
      }
      const role = await makeRole(iam, `${name}-${aws.region}`, arns, undo);
      const code = zipSync({ "index.mjs": strToU8("export const handler = async () => undefined;") });
      const made = {
        FunctionName: name,
        Role: role,
        Runtime: "nodejs22.x" as const,
        Handler: "index.handler",
      };
      await retryWhileNotReady(() =>
        lambda.send(new CreateFunctionCommand({ ...made, Code: { ZipFile: code } })),
      );
      undo(() => lambda.send(new DeleteFunctionCommand({ FunctionName: name })));
      const ids: string[] = [];
      for (const EventSourceArn of arns) {
        const asked = new CreateEventSourceMappingCommand({ FunctionName: name, EventSourceArn });
        const { UUID: id = "" } = await retryWhileNotReady(() => lambda.send(asked));
        ids.push(id);
        undo(() => lambda.send(new DeleteEventSourceMappingCommand({ UUID: id })));
      }
      const [off = "", tuned = ""] = ids;
      for (const id of ids) await waitUntilEnabled(lambda, id);
      return { queues, role: `${name}-${aws.region}`, functionName: name, off, tuned };
    }),

  async offend({ aws }, { off }) {
    await new LambdaClient(aws).send(new UpdateEventSourceMappingCommand({ UUID: off, Enabled: false }));
  },

  async check({ aws }, { off }) {
    const { State: state = "none" } = await new LambdaClient(aws).send(
      new GetEventSourceMappingCommand({ UUID: off }),
    );
    const good = state === "Enabled" || state === "Enabling";
    return good ? { good } : { good, still: `The mapping's state is ${state}.` };
  },

  async benign({ aws }, { tuned }) {
    await new LambdaClient(aws).send(
      new UpdateEventSourceMappingCommand({ UUID: tuned, BatchSize: BATCH_SIZE }),
    );
  },

  async checkBenign({ aws }, { tuned }) {
    const { BatchSize: size } = await new LambdaClient(aws).send(
      new GetEventSourceMappingCommand({ UUID: tuned }),
    );
    return size === BATCH_SIZE ? { good: true } : { good: false, still: `The batch size is ${size}.` };
  },

  async cleanUp({ aws }, { queues, role, functionName, off, tuned }) {
    const [iam, sqs, lambda] = [new IAMClient(aws), new SQSClient(aws), new LambdaClient(aws)];
    await runAll(
      [
        ...[off, tuned].map((UUID) => () => lambda.send(new DeleteEventSourceMappingCommand({ UUID }))),
        () => lambda.send(new DeleteFunctionCommand({ FunctionName: functionName })),
        () => iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: POLICY })),
        () => iam.send(new DeleteRoleCommand({ RoleName: role })),
        ...queues.map((QueueUrl) => () => sqs.send(new DeleteQueueCommand({ QueueUrl }))),
      ],
      GONE,
    );
  },

  resources: (context, { off, tuned }) => ({
    offended: arnOf(context, off),
    benign: arnOf(context, tuned),
  }),
};

async function makeRole(
  iam: IAMClient,
  name: string,
  queueArns: string[],
  undo: (step: () => Promise<unknown>) => void,
): Promise<string> {
  const document = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const trust = document({ Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } });
  const { Role: role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }),
  );
  undo(() => iam.send(new DeleteRoleCommand({ RoleName: name })));
  const actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
  const policy = document({ Action: actions, Resource: queueArns });
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: POLICY, PolicyDocument: policy }));
  undo(() => iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: POLICY })));
  return role?.Arn ?? "";
}

/** It takes some seconds until a role is known everywhere and a function is ready. */
async function retryWhileNotReady<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === 15 || !isNamed(error, "InvalidParameterValueException", "ResourceConflictException"))
        throw error;
      await sleep(1_000);
    }
  }
}

/** A mapping can't be changed while it is being created. */
async function waitUntilEnabled(lambda: LambdaClient, id: string): Promise<void> {
  for (let attempt = 1; attempt <= 60; attempt++) {
    const { State: state } = await lambda.send(new GetEventSourceMappingCommand({ UUID: id }));
    if (state === "Enabled") return;
    await sleep(1_000);
  }
  throw new Error(`The mapping ${id} is not enabled after a minute.`);
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return MAPPING.arn({ partition: partitionOf(region), account, region, id });
}
