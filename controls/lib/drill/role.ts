/** The roles of drills. */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { setTimeout as sleep } from "node:timers/promises";
import type { AwsClientConfig } from "../aws-client";
import { isNamed } from "../errors";

const MOST_ATTEMPTS = 15;

/** Client options with a session of the role, in the same region. */
export async function assumeRole(aws: AwsClientConfig, RoleArn: string): Promise<AwsClientConfig> {
  for (let attempt = 1; ; attempt++) {
    try {
      const asked = new AssumeRoleCommand({ RoleArn, RoleSessionName: "drill" });
      const { Credentials: given } = await new STSClient(aws).send(asked);
      const credentials = {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        ...(given?.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
      };
      return { ...aws, credentials };
    } catch (error) {
      // A new role takes some seconds to be known everywhere.
      if (attempt === MOST_ATTEMPTS || !isNamed(error, "AccessDenied", "AccessDeniedException")) throw error;
      await sleep(1_000);
    }
  }
}
