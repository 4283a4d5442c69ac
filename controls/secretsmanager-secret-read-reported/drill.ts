/** Reads a secret as root, and another one with a role, as a program would. */
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allOrNothing, runAll, REPORTS_ONLY } from "../lib/drill/steps";
import { assumeRole } from "../lib/drill/role";
import { SECRET } from "./control";

interface Secrets {
  /** Names. */
  byPerson: string;
  byProgram: string;
  role: string;
  program: AwsClientConfig;
}

const GONE = ["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"];
const POLICY = "read";

export const drill: Drill<Record<string, never>, Secrets> = {
  ...REPORTS_ONLY,
  silentBenign: true,

  prepare: ({ aws, name, account }) =>
    allOrNothing(async (undo) => {
      const [iam, client] = [new IAMClient(aws), new SecretsManagerClient(aws)];
      const secrets = { byPerson: `${name}-person`, byProgram: `${name}-program` };
      for (const Name of [secrets.byPerson, secrets.byProgram]) {
        await client.send(new CreateSecretCommand({ Name, SecretString: "known to the drill" }));
        undo(() => remove(client, Name));
      }
      const role = `${name}-${aws.region}`;
      const document = (statement: object) =>
        JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
      const root = `arn:${partitionOf(aws.region)}:iam::${account}:root`;
      const AssumeRolePolicyDocument = document({ Action: "sts:AssumeRole", Principal: { AWS: root } });
      const made = await iam.send(new CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument }));
      undo(() => iam.send(new DeleteRoleCommand({ RoleName: role })));
      const PolicyDocument = document({ Action: "secretsmanager:GetSecretValue", Resource: "*" });
      await iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName: POLICY, PolicyDocument }));
      undo(() => iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: POLICY })));
      return { ...secrets, role, program: await assumeRole(aws, made.Role?.Arn ?? "") };
    }),

  offend: ({ aws }, { byPerson }) => read(aws, byPerson),

  checkReported(_, { byPerson }, { findings, facts = {} }) {
    const reported = JSON.stringify({ findings, secret: facts["Secret"] });
    const expected = JSON.stringify({ findings: [`Root read the secret ${byPerson}.`], secret: byPerson });
    return reported === expected
      ? { good: true }
      : { good: false, still: `It reported ${reported} instead of ${expected}.` };
  },

  benign: (_, { program, byProgram }) => read(program, byProgram),

  async cleanUp({ aws }, { byPerson, byProgram, role }) {
    const [iam, client] = [new IAMClient(aws), new SecretsManagerClient(aws)];
    await runAll(
      [
        () => remove(client, byPerson),
        () => remove(client, byProgram),
        () => iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: POLICY })),
        () => iam.send(new DeleteRoleCommand({ RoleName: role })),
      ],
      GONE,
    );
  },

  resources: (context, { byPerson, byProgram }) => ({
    offended: arnOf(context, byPerson),
    benign: arnOf(context, byProgram),
  }),
};

async function read(aws: AwsClientConfig, SecretId: string): Promise<void> {
  await new SecretsManagerClient(aws).send(new GetSecretValueCommand({ SecretId }));
}

async function remove(client: SecretsManagerClient, SecretId: string): Promise<void> {
  await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return SECRET.arn({ partition: partitionOf(region), account, region, id });
}
