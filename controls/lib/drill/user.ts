/** The users of drills. */
import {
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListUserPoliciesCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { setTimeout as sleep } from "node:timers/promises";
import { isNamed } from "../errors";
import { runAll } from "./steps";

const MOST_ATTEMPTS = 5;

/** Names of the error that IAM answers with when there is no such user, policy or device. */
export const NO_SUCH_ENTITY = ["NoSuchEntity", "NoSuchEntityException"];

/** Deletes a user with its password, access keys and policies. Controls may have attached some, and may attach one again meanwhile. */
export async function deleteUser(client: IAMClient, UserName: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { PolicyNames: names = [] } = await client.send(new ListUserPoliciesCommand({ UserName }));
    const { AttachedPolicies: attached = [] } = await client.send(
      new ListAttachedUserPoliciesCommand({ UserName }),
    );
    const { AccessKeyMetadata: keys = [] } = await client.send(new ListAccessKeysCommand({ UserName }));
    await runAll(
      [
        () => client.send(new DeleteLoginProfileCommand({ UserName })),
        ...keys.map(
          ({ AccessKeyId }) =>
            () =>
              client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
        ),
        ...names.map(
          (PolicyName) => () => client.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
        ),
        ...attached.map(
          ({ PolicyArn }) =>
            () =>
              client.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
        ),
      ],
      NO_SUCH_ENTITY,
    );
    try {
      await client.send(new DeleteUserCommand({ UserName }));
      return;
    } catch (error) {
      if (!isNamed(error, "DeleteConflict", "DeleteConflictException") || attempt === MOST_ATTEMPTS)
        throw error;
      await sleep(50 * attempt);
    }
  }
}
