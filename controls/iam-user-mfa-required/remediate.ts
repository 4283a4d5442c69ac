/** Attaches the policy that judges each session of a user, and reads whether it is attached and still what the stack deployed. */
import {
  AttachUserPolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  paginateListAttachedUserPolicies,
} from "@aws-sdk/client-iam";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import { isDeepStrictEqual } from "node:util";
import { isNamed, PermanentError } from "../lib/errors";
import type { Evaluation, Remediation, RemediationContext } from "../lib/remediation";
import type { ResourceReference } from "../lib/resources";
import { DOCUMENT, POLICY_NAME, policyArn } from "./policy";
import { MANAGED_POLICY, ROOT } from "./subject";

export interface MfaBefore {
  /** Whether the user has the policy. */
  attached: boolean;
}

const NO_SUCH_ENTITY = ["NoSuchEntityException", "NoSuchEntity"];

export const remediation: Remediation<Record<string, never>, MfaBefore> = {
  async evaluate({ resource, aws }: RemediationContext): Promise<Evaluation<MfaBefore>> {
    const client = new IAMClient(aws);
    if (resource.type === ROOT.type) return { state: "compliant", why: "The root user can have no policy." };
    const policy = await readPolicy(client, resource);
    const { account } = resource;
    const fault =
      policy === "deployed"
        ? []
        : [`The policy ${POLICY_NAME} of account ${account} is ${policy}: deploy it again.`];
    // Only a deployment changes the policy: the control's role may not, or it could give users what it likes.
    if (resource.type === MANAGED_POLICY.type)
      return fault.length === 0
        ? { state: "compliant", why: `The policy ${POLICY_NAME} says what the stack deployed.` }
        : { state: "violation", findings: fault, before: { attached: false }, remedies: [] };
    const user = nameOf(resource);
    const attached = await isAttached(client, user, arnOf(resource));
    if (attached === undefined) return { state: "absent" };
    const before = { attached };
    if (attached && fault.length === 0)
      return { state: "compliant", why: `The user has the policy ${POLICY_NAME}.`, after: before };
    return {
      state: "violation",
      findings: [
        ...(attached ? [] : [`The user ${user} needs no MFA: it does not have the policy ${POLICY_NAME}.`]),
        ...fault,
      ],
      before,
      remedies: attached || policy === "missing" ? [] : [`Attach the policy ${POLICY_NAME} to the user.`],
    };
  },

  async fix({ resource, aws }: RemediationContext): Promise<void> {
    const request = { UserName: nameOf(resource), PolicyArn: arnOf(resource) };
    try {
      await new IAMClient(aws).send(new AttachUserPolicyCommand(request));
    } catch (error) {
      if (!isNamed(error, "LimitExceeded", "LimitExceededException")) throw error;
      throw new PermanentError(
        `The user ${request.UserName} has as many managed policies as IAM allows: detach one, and attach ${POLICY_NAME}.`,
        { cause: error },
      );
    }
  },

  async undo({ resource, aws }: RemediationContext, { attached }: MfaBefore): Promise<void> {
    if (attached) return;
    const request = { UserName: nameOf(resource), PolicyArn: arnOf(resource) };
    try {
      await new IAMClient(aws).send(new DetachUserPolicyCommand(request));
    } catch (error) {
      if (!isNamed(error, ...NO_SUCH_ENTITY)) throw error;
    }
  },
};

/** @returns undefined when there is no such user */
async function isAttached(client: IAMClient, UserName: string, arn: string): Promise<boolean | undefined> {
  try {
    for await (const page of paginateListAttachedUserPolicies({ client }, { UserName }))
      if (page.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === arn)) return true;
    return false;
  } catch (error) {
    if (isNamed(error, ...NO_SUCH_ENTITY)) return undefined;
    throw error;
  }
}

/** Whether the policy says what the stack deployed. */
async function readPolicy(
  client: IAMClient,
  resource: ResourceReference,
): Promise<"deployed" | "changed" | "missing"> {
  const PolicyArn = arnOf(resource);
  try {
    const { Policy: policy } = await client.send(new GetPolicyCommand({ PolicyArn }));
    const version = { PolicyArn, VersionId: policy?.DefaultVersionId };
    const { PolicyVersion: found } = await client.send(new GetPolicyVersionCommand(version));
    // IAM gives it URL-encoded.
    return isDeepStrictEqual(parsed(decodeURIComponent(found?.Document ?? "")), DOCUMENT)
      ? "deployed"
      : "changed";
  } catch (error) {
    if (isNamed(error, ...NO_SUCH_ENTITY)) return "missing";
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const nameOf = ({ id }: ResourceReference): string => id.slice(id.lastIndexOf("/") + 1);

const arnOf = ({ account, region }: ResourceReference): string => policyArn(partitionOf(region), account);
