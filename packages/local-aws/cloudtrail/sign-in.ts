/**
 * Console sign-ins: CloudTrail's records of them, and how to make one
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html).
 */
import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import { GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import type { CloudTrailRecord, JsonObject, UserIdentity } from "@bailiwick/aws-events/record";
import { HIDDEN } from "./format";
import { wholeSeconds } from "./record";
import { ROOT_SECRET } from "./trails";

export interface SignIn {
  /** 12 digits. */
  account: string;
  /** Name of an IAM user. Absent: the account's root. */
  userName?: string;
  /** Whether multi-factor authentication was used. @default false */
  mfa?: boolean;
  /** A wrong password. @default false */
  fails?: boolean;
  /** Region of the sign-in endpoint. Root always signs in to us-east-1. @default us-east-1 */
  region?: string;
  /** The client's IPv4 or IPv6 address. @default 127.0.0.1 */
  sourceAddress?: string;
  userAgent?: string;
}

export interface SignInResult {
  success: boolean;
  /** The error that the sign-in page shows. */
  message?: string;
}

/** The user's id in IAM; undefined if there is no such user. */
export type FindUser = (
  account: string,
  userName: string,
) => Promise<{ arn: string; id: string } | undefined>;

export const emulatorUsers =
  (url: Promise<string>): FindUser =>
  async (account, userName) => {
    const credentials = { accessKeyId: account, secretAccessKey: ROOT_SECRET };
    const client = new IAMClient({ endpoint: await url, region: "us-east-1", credentials });
    try {
      const { User } = await client.send(new GetUserCommand({ UserName: userName }));
      return User && { arn: User.Arn ?? "", id: User.UserId ?? "" };
    } catch (error) {
      if ((error as Error).name.startsWith("NoSuchEntity")) return undefined;
      throw error;
    } finally {
      client.destroy();
    }
  };

/** The record of an attempt. A failed one has the user's name only, and not even that if there is no such user. */
export async function signInRecord(
  signIn: SignIn,
  findUser: FindUser,
  at: number,
): Promise<{ record: CloudTrailRecord; result: SignInResult }> {
  const {
    account,
    userName,
    mfa = false,
    fails = false,
    sourceAddress = "127.0.0.1",
    userAgent = "",
  } = signIn;
  const user = userName === undefined ? undefined : await findUser(account, userName);
  const unknown = userName !== undefined && user === undefined;
  const message = unknown
    ? "No username found in supplied account"
    : fails
      ? "Failed authentication"
      : undefined;
  const region = userName === undefined ? "us-east-1" : (signIn.region ?? "us-east-1");
  const record: CloudTrailRecord = {
    eventVersion: "1.11",
    userIdentity: identityOf(account, userName, user, message !== undefined),
    eventTime: wholeSeconds(at),
    eventSource: "signin.amazonaws.com",
    eventName: "ConsoleLogin",
    awsRegion: region,
    sourceIPAddress: sourceAddress,
    userAgent,
    ...(message === undefined ? {} : { errorMessage: message }),
    requestParameters: null,
    responseElements: { ConsoleLogin: message === undefined ? "Success" : "Failure" },
    additionalEventData: additionalData(account, mfa),
    eventID: randomUUID(),
    readOnly: false,
    eventType: "AwsConsoleSignIn",
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: "Management",
    tlsDetails: {
      tlsVersion: "TLSv1.3",
      cipherSuite: "TLS_AES_128_GCM_SHA256",
      clientProvidedHostHeader:
        region === "us-east-1" ? "signin.aws.amazon.com" : `${region}.signin.aws.amazon.com`,
    },
  };
  return { record, result: message === undefined ? { success: true } : { success: false, message } };
}

function identityOf(
  accountId: string,
  userName: string | undefined,
  user: { arn: string; id: string } | undefined,
  failed: boolean,
): UserIdentity {
  if (userName === undefined)
    return {
      type: "Root",
      principalId: accountId,
      arn: `arn:aws:iam::${accountId}:root`,
      accountId,
      accessKeyId: "",
    };
  if (!user) return { type: "IAMUser", accountId, accessKeyId: "", userName: HIDDEN };
  if (failed) return { type: "IAMUser", accountId, accessKeyId: "", userName };
  return { type: "IAMUser", principalId: user.id, arn: user.arn, accountId, userName };
}

const additionalData = (account: string, mfa: boolean): JsonObject => ({
  LoginTo: "https://console.aws.amazon.com/console/home",
  MobileVersion: "No",
  MFAUsed: mfa ? "Yes" : "No",
  ...(mfa ? { MFAIdentifier: `arn:aws:iam::${account}:mfa/device` } : {}),
});

/** The form that a sign-in page posts to a gateway. */
export const SIGN_IN_PATH = "/authenticate";
const ACTION = "iam-user-authentication";

/** @returns undefined for a form that isn't a sign-in. */
export function readSignIn(
  form: URLSearchParams,
  sourceAddress: string,
  userAgent: string,
): SignIn | undefined {
  const account = form.get("account") ?? "";
  const from = form.get("from") ?? sourceAddress;
  if (form.get("action") !== ACTION || !/^\d{12}$/.test(account) || isIP(from) === 0) return undefined;
  return {
    account,
    userName: form.get("username") ?? undefined,
    mfa: form.get("mfa") === "true",
    fails: form.get("password") === "wrong",
    region: form.get("region") ?? undefined,
    sourceAddress: from,
    userAgent,
  };
}

/** The gateway's endpoint for `signIn`: answers the form with the result. */
export const signInEndpoint = (cloudTrail: { signIn(signIn: SignIn): Promise<SignInResult> }) => ({
  path: SIGN_IN_PATH,
  submit(form: URLSearchParams, sourceAddress: string, userAgent: string): Promise<SignInResult> | undefined {
    const signIn = readSignIn(form, sourceAddress, userAgent);
    return signIn && cloudTrail.signIn(signIn);
  },
});

/**
 * Signs in at a running local organization.
 *
 * @param endpointUrl the gateway's address, which is the clients' endpoint.
 * @throws if nothing answers there.
 */
export async function signInAt(endpointUrl: string, signIn: SignIn): Promise<SignInResult> {
  const form = new URLSearchParams({ action: ACTION, account: signIn.account });
  if (signIn.userName !== undefined) form.set("username", signIn.userName);
  if (signIn.region !== undefined) form.set("region", signIn.region);
  if (signIn.sourceAddress !== undefined) form.set("from", signIn.sourceAddress);
  form.set("mfa", String(signIn.mfa ?? false));
  form.set("password", signIn.fails === true ? "wrong" : "right");
  const response = await fetch(`${endpointUrl}${SIGN_IN_PATH}`, {
    method: "POST",
    body: form,
    headers: { "user-agent": signIn.userAgent ?? "Mozilla/5.0 (local organization)" },
  });
  if (!response.headers.get("content-type")?.includes("json"))
    throw new Error(`${endpointUrl} is not a local organization: it answered ${response.status}.`);
  return (await response.json()) as SignInResult;
}
