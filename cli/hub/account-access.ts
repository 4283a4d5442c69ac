/** Clients of the stack's accounts: with one's own credentials in their account, and in the others by the access role, as the program does. */
import { SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Settings } from "../../config";
import { arn } from "../../contract/names";
import { CommandError, ExitCode } from "../errors";
import { hubClientConfig, queueClient, type HubOptions } from "./hub-client";

const SESSION_NAME = "bailiwick-dead-letters";

export interface AccountAccess {
  queues(accountId: string, region: string): Promise<SQSClient>;
}

/** @param options the hub's region is the stack's. */
export function accountAccess(
  options: HubOptions,
  { partition, accessRoleName, homeRegion }: Pick<Settings, "partition" | "accessRoleName" | "homeRegion">,
): AccountAccess {
  const own = { ...options, region: homeRegion };
  const sts = new STSClient(hubClientConfig(own));
  const caller = sts.send(new GetCallerIdentityCommand({})).then(({ Account }) => Account);
  // Whoever asks for a client is told.
  caller.catch(() => undefined);
  const sessions = new Map<string, Promise<Credentials>>();
  const sessionIn = (accountId: string) => {
    const session = sessions.get(accountId) ?? assume(accountId);
    sessions.set(accountId, session);
    return session;
  };
  async function assume(accountId: string): Promise<Credentials> {
    const RoleArn = arn(partition, "iam", "", accountId, `role/${accessRoleName}`);
    const asked = new AssumeRoleCommand({ RoleArn, RoleSessionName: SESSION_NAME });
    const { Credentials: given } = await sts.send(asked).catch((error: Error) => {
      throw new CommandError(
        `The role ${RoleArn} can't be assumed: ${error.message}. Use the credentials that deploy the stack.`,
        ExitCode.setup,
        { cause: error },
      );
    });
    const {
      AccessKeyId: accessKeyId = "",
      SecretAccessKey: secretAccessKey = "",
      SessionToken,
    } = given ?? {};
    return { accessKeyId, secretAccessKey, ...(SessionToken && { sessionToken: SessionToken }) };
  }
  return {
    async queues(accountId, region) {
      const at = { ...options, region };
      return accountId === (await caller) ? queueClient(at) : queueClient(at, await sessionIn(accountId));
    },
  };
}

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}
