/** Removes the public statements from a bucket policy; reports those that name outsiders. */
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { s3Options } from "../lib/aws-client";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../lib/remediation";
import { isNamed, PermanentError } from "../lib/errors";
import { tagRecord } from "../lib/tags";
import { analyzePolicy, outsideStatements, type PublicStatement } from "../lib/resource-policy";
import type { Insiders } from "../lib/resource-policy/outsiders";
import { insidersOf, type TrustedAccounts } from "../lib/trusted-accounts";

/** The policy's text as S3 returned it; null: there was none. */
export interface PolicyBefore {
  policy: string | null;
}

type Context = RemediationContext<TrustedAccounts>;

export const remediation: Remediation<TrustedAccounts, PolicyBefore> = {
  async evaluate(context: Context): Promise<Evaluation<PolicyBefore>> {
    const { resource, aws } = context;
    let policy: string | undefined;
    try {
      const request = { Bucket: resource.id, ExpectedBucketOwner: resource.account };
      policy = (await new S3Client(s3Options(aws)).send(new GetBucketPolicyCommand(request))).Policy;
    } catch (error) {
      if (isNamed(error, "NoSuchBucket")) return { state: "absent" };
      if (!isNamed(error, "NoSuchBucketPolicy")) throw error;
    }
    return policy === undefined
      ? { state: "compliant", why: "The bucket has no policy.", after: { policy: null } }
      : judge(policy, insidersOf(context));
  },

  async fix({ resource, aws }: RemediationContext, { before }: Violation<PolicyBefore>): Promise<void> {
    const client = new S3Client(s3Options(aws));
    const request = { Bucket: resource.id, ExpectedBucketOwner: resource.account };
    const remaining = before.policy === null ? undefined : withoutPublicStatements(before.policy);
    if (remaining === undefined) {
      await client.send(new DeleteBucketPolicyCommand(request));
      return;
    }
    try {
      await client.send(new PutBucketPolicyCommand({ ...request, Policy: remaining }));
    } catch (error) {
      if (!isNamed(error, "MalformedPolicy")) throw error;
      // S3 returns the unique id of a deleted principal, and refuses a policy with that id.
      throw new PermanentError(
        `S3 refuses the policy of ${resource.id} without its public statements (${error.message}). Most often one of its other ` +
          "statements names a user or role that no longer exists: remove that by hand, and the public statements with it.",
        { cause: error },
      );
    }
  },

  async undo({ resource, aws }: RemediationContext, { policy }: PolicyBefore): Promise<void> {
    if (policy === null) return;
    const request = { Bucket: resource.id, ExpectedBucketOwner: resource.account, Policy: policy };
    await new S3Client(s3Options(aws)).send(new PutBucketPolicyCommand(request));
  },

  async tags({ resource, aws }: Context): Promise<Record<string, string>> {
    const request = { Bucket: resource.id, ExpectedBucketOwner: resource.account };
    try {
      const { TagSet } = await new S3Client(s3Options(aws)).send(new GetBucketTaggingCommand(request));
      return tagRecord(TagSet);
    } catch (error) {
      if (isNamed(error, "NoSuchTagSet")) return {};
      throw error;
    }
  },
};

function judge(policy: string, insiders: Insiders): Evaluation<PolicyBefore> {
  const { statements, unreadable } = analyzePolicy(policy, "s3");
  if (unreadable !== undefined) {
    return {
      state: "violation",
      findings: [`The bucket policy can't be judged. ${unreadable}`],
      before: { policy },
      remedies: [],
    };
  }
  const isPublic = new Set(statements.map(({ index }) => index));
  // Whoever may share the bucket with a partner decides that, so these grants are reported only.
  const outside = outsideStatements(policy, insiders).filter(({ index }) => !isPublic.has(index));
  if (statements.length === 0 && outside.length === 0)
    return {
      state: "compliant",
      why: "No statement of the bucket policy grants access to the public.",
      after: { policy },
    };
  return {
    state: "violation",
    findings: [...statements, ...outside]
      .sort((a, b) => a.index - b.index)
      .map((statement) => `Statement ${label(statement)} ${statement.reason}.`),
    before: { policy },
    remedies:
      statements.length > 0 && withoutPublicStatements(policy) === undefined
        ? ["Delete the bucket policy, because nothing would be left of it."]
        : statements.map((statement) => `Remove statement ${label(statement)} from the bucket policy.`),
  };
}

function label({ index, sid }: PublicStatement): string {
  return sid === undefined ? `${index + 1}` : `${index + 1} (${sid})`;
}

/** The policy's text without its public statements, the rest in order; undefined if no statement would be left. */
export function withoutPublicStatements(policy: string): string | undefined {
  const document = JSON.parse(policy) as Record<string, unknown> & { Statement: unknown };
  const isPublic = new Set(analyzePolicy(policy, "s3").statements.map(({ index }) => index));
  const statements = Array.isArray(document.Statement)
    ? (document.Statement as unknown[])
    : [document.Statement];
  const kept = statements.filter((_, index) => !isPublic.has(index));
  return kept.length === 0 ? undefined : JSON.stringify({ ...document, Statement: kept });
}
