/** A small organization whose policies and principals are made in one line each, by clients from outside. */
import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import {
  MANAGEMENT,
  MEMBER,
  rootOf,
  startRecordedOrganization,
  type Answer,
  type Credentials,
  type RecordedOrganization,
} from "../../cloudtrail/testing/recorded-organization";

export const SCP = "SERVICE_CONTROL_POLICY";
export const RCP = "RESOURCE_CONTROL_POLICY";
export const ORGANIZATION_ROOT = "r-exam";
export const REGION = "eu-west-1";

/** The ARN that refusals name. */
export const policyArn = (kind: "service" | "resource", id: string): string =>
  `arn:aws:organizations::${MANAGEMENT}:policy/o-exampleorg/${kind}_control_policy/${id}`;

export const document = (...Statement: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });
export const ALLOW_ALL = { Effect: "Allow", Action: "*", Resource: "*" };

type PolicyType = typeof SCP | typeof RCP | "TAG_POLICY";

export interface GovernedOrganization extends RecordedOrganization {
  /** Calls, by the management account's root unless somebody else is given. @throws the answer, if it is an error */
  done(service: string, operation: string, parameters?: object, by?: Credentials): Promise<JsonObject>;
  /** Calls, and returns the error's code and its message without botocore's introduction; undefined if there is none. */
  refused(
    service: string,
    operation: string,
    parameters: object,
    by: Credentials,
  ): Promise<{ code: string; message: string } | undefined>;
  /** Creates a policy and attaches it. @returns its id */
  attach(type: PolicyType, content: string, target?: string): Promise<string>;
  detach(id: string, target?: string): Promise<void>;
  /** Attaches a policy for as long as the work takes. */
  under<T>(type: PolicyType, content: string, work: (id: string) => Promise<T>, target?: string): Promise<T>;
  /** Creates a user with a key in an account. */
  user(name: string, options?: { account?: string; path?: string; policy?: string }): Promise<Credentials>;
  /** Creates a role that its account's root may assume, and assumes it. */
  session(name: string, options?: { account?: string; path?: string; policy?: string }): Promise<Credentials>;
  assume(RoleArn: string, by: Credentials, more?: object): Promise<Credentials>;
}

export async function startGovernedOrganization(
  options: { trail?: boolean } = { trail: false },
): Promise<GovernedOrganization> {
  const organization = await startRecordedOrganization(options);
  const call = (service: string, operation: string, parameters: object, credentials: Credentials) =>
    organization.call(service, operation, parameters, { region: REGION, credentials });
  const done: GovernedOrganization["done"] = async (
    service,
    operation,
    parameters = {},
    by = rootOf(MANAGEMENT),
  ) => {
    const answer = await call(service, operation, parameters, by);
    assert.equal(answer.error, undefined, `${operation}: ${answer.message}`);
    return answer.output ?? {};
  };
  const refused: GovernedOrganization["refused"] = async (service, operation, parameters, by) =>
    errorOf(await call(service, operation, parameters, by));
  let made = 0;
  const attach: GovernedOrganization["attach"] = async (Type, Content, TargetId = ORGANIZATION_ROOT) => {
    const named = { Name: `policy-${(made += 1)}`, Description: "", Type, Content };
    const { Policy } = await done("organizations", "CreatePolicy", named);
    const PolicyId = (Policy as { PolicySummary: { Id: string } }).PolicySummary.Id;
    await done("organizations", "AttachPolicy", { PolicyId, TargetId });
    return PolicyId;
  };
  const detach: GovernedOrganization["detach"] = async (PolicyId, TargetId = ORGANIZATION_ROOT) => {
    await done("organizations", "DetachPolicy", { PolicyId, TargetId });
  };
  const assume: GovernedOrganization["assume"] = async (RoleArn, by, more = {}) => {
    const parameters = { RoleArn, RoleSessionName: "somebody", ...more };
    const { Credentials: issued } = await done("sts", "AssumeRole", parameters, by);
    const keys = issued as { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
    return {
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.SessionToken,
    };
  };
  return {
    ...organization,
    done,
    refused,
    attach,
    assume,
    detach,
    under: async (type, content, work, target) => {
      const id = await attach(type, content, target);
      try {
        return await work(id);
      } finally {
        await detach(id, target);
      }
    },
    user: async (UserName, { account = MEMBER, path: Path = "/", policy = document(ALLOW_ALL) } = {}) => {
      const by = rootOf(account);
      await done("iam", "CreateUser", { UserName, Path }, by);
      await done("iam", "PutUserPolicy", { UserName, PolicyName: "own", PolicyDocument: policy }, by);
      const { AccessKey } = await done("iam", "CreateAccessKey", { UserName }, by);
      const key = AccessKey as { AccessKeyId: string; SecretAccessKey: string };
      return { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
    },
    session: async (RoleName, { account = MEMBER, path: Path = "/", policy = document(ALLOW_ALL) } = {}) => {
      const by = rootOf(account);
      const AssumeRolePolicyDocument = document({
        Effect: "Allow",
        Principal: { AWS: account },
        Action: "sts:AssumeRole",
      });
      await done("iam", "CreateRole", { RoleName, Path, AssumeRolePolicyDocument }, by);
      await done("iam", "PutRolePolicy", { RoleName, PolicyName: "own", PolicyDocument: policy }, by);
      return assume(`arn:aws:iam::${account}:role${Path}${RoleName}`, by);
    },
  };
}

function errorOf({ error, message = "" }: Answer): { code: string; message: string } | undefined {
  if (error === undefined) return undefined;
  return {
    code: error,
    message: message.replace(/^An error occurred \(\w+\) when calling the \w+ operation: /, ""),
  };
}
