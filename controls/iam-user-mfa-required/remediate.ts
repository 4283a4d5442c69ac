/** Attaches an inline policy to a user that denies everything without MFA, and removes it when there is a device. */
import {
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListMFADevicesCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { isDeepStrictEqual } from "node:util";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../lib/remediation";
import { isNamed } from "../lib/errors";

export const POLICY_NAME = "bailiwick-mfa-required";

/**
 * What setting up a device needs, as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage-mfa-only.html
 * has it, except removing a device, which nobody may do without MFA.
 */
export const DENY_WITHOUT_MFA = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "DenyAllButMfaWithoutMfa",
      Effect: "Deny",
      NotAction: [
        "iam:ChangePassword",
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:GetAccountPasswordPolicy",
        "iam:GetMFADevice",
        "iam:GetUser",
        "iam:ListMFADevices",
        "iam:ListVirtualMFADevices",
        "iam:ResyncMFADevice",
        "sts:GetSessionToken",
      ],
      Resource: "*",
      Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
    },
  ],
};

export interface MfaBefore {
  devices: number;
  /** The document of our policy as IAM has it; null: there is none. */
  policy: string | null;
}

export const remediation: Remediation<Record<string, never>, MfaBefore> = {
  async evaluate({ resource, aws }: RemediationContext): Promise<Evaluation<MfaBefore>> {
    const user = nameOf(resource.id);
    const client = new IAMClient(aws);
    let before: MfaBefore;
    try {
      const { MFADevices: devices } = await client.send(new ListMFADevicesCommand({ UserName: user }));
      before = { devices: devices?.length ?? 0, policy: await policyOf(client, user) };
    } catch (error) {
      if (isNamed(error, "NoSuchEntityException", "NoSuchEntity")) return { state: "absent" };
      throw error;
    }
    const denied = before.policy !== null && isDeepStrictEqual(parsed(before.policy), DENY_WITHOUT_MFA);
    if (before.devices > 0) {
      if (before.policy === null)
        return { state: "compliant", why: "The user has an MFA device.", after: before };
      return {
        state: "violation",
        findings: [`The user ${user} now has an MFA device but is still denied everything without it.`],
        before,
        remedies: [`Remove the inline policy ${POLICY_NAME}.`],
      };
    }
    if (denied)
      return {
        state: "compliant",
        why: "The user has no MFA device, and is denied everything without one.",
        after: before,
      };
    return {
      state: "violation",
      findings: [`The user ${user} has no MFA device and is not denied access without one.`],
      before,
      remedies: [`Attach the inline policy ${POLICY_NAME} to the user until it has a device.`],
    };
  },

  async fix({ resource, aws }: RemediationContext, { before }: Violation<MfaBefore>): Promise<void> {
    await put(aws, nameOf(resource.id), before.devices > 0 ? null : JSON.stringify(DENY_WITHOUT_MFA));
  },

  undo: ({ resource, aws }: RemediationContext, { policy }: MfaBefore): Promise<void> =>
    put(aws, nameOf(resource.id), policy),
};

async function put(aws: AwsClientConfig, UserName: string, policy: string | null): Promise<void> {
  const client = new IAMClient(aws);
  const named = { UserName, PolicyName: POLICY_NAME };
  if (policy !== null) {
    await client.send(new PutUserPolicyCommand({ ...named, PolicyDocument: policy }));
    return;
  }
  try {
    await client.send(new DeleteUserPolicyCommand(named));
  } catch (error) {
    if (!isNamed(error, "NoSuchEntityException", "NoSuchEntity")) throw error;
  }
}

/** The document as text. IAM gives it URL-encoded. */
async function policyOf(client: IAMClient, UserName: string): Promise<string | null> {
  try {
    const asked = new GetUserPolicyCommand({ UserName, PolicyName: POLICY_NAME });
    const { PolicyDocument: document = "" } = await client.send(asked);
    return decodeURIComponent(document);
  } catch (error) {
    // No such policy: the call before would have failed if there were no such user.
    if (isNamed(error, "NoSuchEntityException", "NoSuchEntity")) return null;
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

const nameOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1);
