/** Creates a bucket, and tries to create another one, which is refused. */
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { bucketName, createBucket, deleteBucket, s3ClientOf } from "../lib/drill/bucket";
import { sameReport, REPORTS_ONLY } from "../lib/drill/steps";
import { isNamed } from "../lib/errors";
import { BUCKET } from "../lib/resources";

interface Buckets {
  made: string;
  refused: string;
}

export const drill: Drill<Record<string, never>, Buckets> = {
  ...REPORTS_ONLY,
  silentBenign: true,

  prepare: (context) =>
    Promise.resolve({ made: bucketName(context, "made"), refused: bucketName(context, "refused") }),

  offend: (context, { made }) => createBucket(s3ClientOf(context), made, context.aws.region),

  checkReported: ({ aws: { region } }, { made }, outcome) =>
    sameReport(outcome, {
      findings: [`The bucket ${made} was created in ${region}.`],
      facts: {
        "Bucket region": region,
        "Object ownership": "BucketOwnerEnforced (ACLs off)",
        "Object Lock": "off",
      },
    }),

  async benign(context, { refused }) {
    // No bucket may name us-east-1 as its location: the call is recorded, and fails.
    const location = { LocationConstraint: "us-east-1" } as object;
    try {
      await s3ClientOf(context).send(
        new CreateBucketCommand({ Bucket: refused, CreateBucketConfiguration: location }),
      );
    } catch (error) {
      if (isNamed(error, "InvalidLocationConstraint", "IllegalLocationConstraintException")) return;
      throw error;
    }
    throw new Error(`The bucket ${refused} should have been refused but was created.`);
  },

  cleanUp: (context, { made }) => deleteBucket(s3ClientOf(context), made),

  resources: (context, { made, refused }) => ({
    offended: arnOf(context, made),
    benign: arnOf(context, refused),
  }),
};

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return BUCKET.arn({ partition: partitionOf(region), account, region, id });
}
