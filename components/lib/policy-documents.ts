/** Policy documents, and the statements that several components use. */
import { arn } from "../../contract/names";
import type { PolicyStatement } from "../../controls/lib/permissions";

/** A statement of a trust or resource policy names the principals that it applies to. */
export interface ResourcePolicyStatement extends PolicyStatement {
  Principal: "*" | Record<string, string | string[]>;
}

/** The statement of a trust policy, whose resource is the role itself. */
export type TrustStatement = Omit<ResourcePolicyStatement, "Resource">;

export interface PolicyDocument<Statement = PolicyStatement> {
  Version: "2012-10-17";
  Statement: Statement[];
}

export const policyDocument = (statements: PolicyStatement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

/** @param statement who may assume the role. Default action: `sts:AssumeRole`. */
export const trustPolicy = (
  statement: Omit<TrustStatement, "Effect" | "Action"> & { Action?: string[] },
): PolicyDocument<TrustStatement> => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }],
});

/**
 * Lets one role of the security account assume the role and tag its sessions. A trust policy that names a role keeps the role's unique
 * id, and refuses it once it was created anew; so the principal is the account, and a condition names the role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
export const trustRole = (
  { partition, securityAccountId }: { partition: string; securityAccountId: string },
  roleArn: string,
): PolicyDocument<TrustStatement> =>
  trustPolicy({
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Principal: { AWS: arn(partition, "iam", "", securityAccountId, "root") },
    Condition: { ArnEquals: { "aws:PrincipalArn": roleArn } },
  });

/** A policy document as JSON text. */
export const policyText = (statements: PolicyStatement[]): string =>
  JSON.stringify(policyDocument(statements));

/** A trust policy as JSON text. */
export const trustPolicyText = (statement: Parameters<typeof trustPolicy>[0]): string =>
  JSON.stringify(trustPolicy(statement));

/** Lets EventBridge send to a queue, for the given rules only. */
export const allowRulesToSend = (queueArn: string, ruleArns: string[]): ResourcePolicyStatement => ({
  Sid: "RulesSend",
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action: "sqs:SendMessage",
  Resource: queueArn,
  Condition: { ArnEquals: { "aws:SourceArn": ruleArns } },
});
