/** Makes a bucket public beside a private grant; shares another bucket with only one account, by a condition. */
import { GetBucketPolicyCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { isDeepStrictEqual } from "node:util";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { allowPublicPolicies, bucketName, createBucket, deleteBucket, s3ClientOf } from "../lib/drill/bucket";
import { allOrNothing, runAll } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import { BUCKET } from "../lib/resources";
import type { TrustedAccounts } from "../lib/trusted-accounts";

interface Buckets {
  open: string;
  shared: string;
}

type Context = DrillContext<TrustedAccounts>;

export const drill: Drill<TrustedAccounts, Buckets> = {
  prepare: (context) =>
    allOrNothing(async (undo) => {
      const client = s3ClientOf(context);
      const buckets = { open: bucketName(context, "open"), shared: bucketName(context, "shared") };
      for (const name of [buckets.open, buckets.shared]) {
        await createBucket(client, name, context.aws.region);
        undo(() => deleteBucket(client, name));
        await allowPublicPolicies(client, name, context.account);
      }
      return buckets;
    }),

  async offend(context, { open }) {
    const policy = document(ownAccountGrant(context, open), {
      Sid: "AnyoneReads",
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: `${arnOf(context, open)}/*`,
    });
    await s3ClientOf(context).send(
      new PutBucketPolicyCommand({ Bucket: open, Policy: JSON.stringify(policy) }),
    );
  },

  async check(context, { open }) {
    const policy = await readPolicy(context, open);
    if (policy === undefined)
      return { good: false, still: `The bucket ${open} has lost its private statement too.` };
    const good = isDeepStrictEqual(policy, document(ownAccountGrant(context, open)));
    return good ? { good } : { good, still: `The policy of ${open} is ${JSON.stringify(policy)}.` };
  },

  async benign(context, { shared }) {
    const Policy = JSON.stringify(sharedPolicy(context, shared));
    await s3ClientOf(context).send(new PutBucketPolicyCommand({ Bucket: shared, Policy }));
  },

  async checkBenign(context, { shared }) {
    const policy = await readPolicy(context, shared);
    const good = isDeepStrictEqual(policy, sharedPolicy(context, shared));
    return good
      ? { good }
      : { good, still: `The policy of ${shared} was changed to ${JSON.stringify(policy) ?? "none"}.` };
  },

  async cleanUp(context, { open, shared }) {
    const client = s3ClientOf(context);
    await runAll([() => deleteBucket(client, open), () => deleteBucket(client, shared)], []);
  },

  resources: (context, { open, shared }) => ({
    offended: arnOf(context, open),
    benign: arnOf(context, shared),
  }),
};

function document(...Statement: unknown[]) {
  return { Version: "2012-10-17", Statement };
}

function ownAccountGrant(context: Context, bucket: string) {
  return {
    Sid: "OwnAccountReads",
    Effect: "Allow",
    Principal: { AWS: `arn:${partitionOf(context.aws.region)}:iam::${context.account}:root` },
    Action: "s3:GetObject",
    Resource: `${arnOf(context, bucket)}/*`,
  };
}

/** Names everyone, but the condition limits it to one account. */
function sharedPolicy(context: Context, bucket: string) {
  return document({
    Sid: "OneAccountReads",
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `${arnOf(context, bucket)}/*`,
    Condition: { StringEquals: { "aws:PrincipalAccount": context.account } },
  });
}

async function readPolicy(context: Context, bucket: string): Promise<unknown> {
  try {
    const { Policy: policy } = await s3ClientOf(context).send(new GetBucketPolicyCommand({ Bucket: bucket }));
    return policy === undefined ? undefined : (JSON.parse(policy) as unknown);
  } catch (error) {
    if (isNamed(error, "NoSuchBucketPolicy")) return undefined;
    throw error;
  }
}

function arnOf({ account, aws: { region } }: Context, id: string): string {
  return BUCKET.arn({ partition: partitionOf(region), account, region, id });
}
