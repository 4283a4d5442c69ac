/** Policy documents and the statements that several components use. */
import type { PolicyStatement } from "../../controls/lib/permissions";

/** A trust or resource policy's statement says to whom it applies. */
export interface ResourcePolicyStatement extends PolicyStatement {
  Principal: "*" | Record<string, string | string[]>;
}

/** @returns a policy document as JSON text. */
export const policyDocument = (statements: PolicyStatement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** A trust policy has no Resource. */
export const trustPolicy = (
  statement: Omit<ResourcePolicyStatement, "Effect" | "Action" | "Resource"> & { Action?: string[] },
): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...statement }],
  });

/** Lets EventBridge send to a queue, for the given rules only. */
export const rulesMaySend = (queueArn: string, ruleArns: string[]): ResourcePolicyStatement => ({
  Sid: "RulesSend",
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action: "sqs:SendMessage",
  Resource: queueArn,
  Condition: { ArnEquals: { "aws:SourceArn": ruleArns } },
});
