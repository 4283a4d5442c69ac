/** Stops a trail of its own; makes another one record data events in addition, which is allowed. */
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  type EventSelector,
} from "@aws-sdk/client-cloudtrail";
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { isDeepStrictEqual } from "node:util";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { bucketName, createBucket, deleteBucket, s3ClientOf } from "../lib/drill/bucket";
import { allOrNothing, runAll } from "../lib/drill/steps";
import type { TrailRequirements } from "./control";
import { TRAIL } from "./trail";

interface Trails {
  bucket: string;
  stopped: string;
  kept: string;
}

type Context = DrillContext<TrailRequirements>;

export const drill: Drill<TrailRequirements, Trails> = {
  prepare: (context) =>
    allOrNothing(async (undo) => {
      const s3 = s3ClientOf(context);
      const client = new CloudTrailClient(context.aws);
      const trails = {
        bucket: bucketName(context, "trails"),
        stopped: `${context.name}-stopped`,
        kept: `${context.name}-kept`,
      };
      await createBucket(s3, trails.bucket, context.aws.region);
      undo(() => deleteBucket(s3, trails.bucket));
      await s3.send(
        new PutBucketPolicyCommand({ Bucket: trails.bucket, Policy: deliveryPolicy(context, trails) }),
      );
      for (const name of [trails.stopped, trails.kept]) {
        const settings = {
          S3BucketName: trails.bucket,
          IsMultiRegionTrail: true,
          EnableLogFileValidation: true,
        };
        await client.send(new CreateTrailCommand({ Name: name, ...settings }));
        undo(() => client.send(new DeleteTrailCommand({ Name: name })));
        await client.send(new StartLoggingCommand({ Name: name }));
      }
      return trails;
    }),

  async offend({ aws }, { stopped }) {
    await new CloudTrailClient(aws).send(new StopLoggingCommand({ Name: stopped }));
  },

  async check({ aws }, { stopped }) {
    const { IsLogging: logging } = await new CloudTrailClient(aws).send(
      new GetTrailStatusCommand({ Name: stopped }),
    );
    return logging ? { good: true } : { good: false, still: `The trail ${stopped} is not logging.` };
  },

  async benign(context, trails) {
    const request = { TrailName: trails.kept, EventSelectors: withDataEvents(context, trails) };
    await new CloudTrailClient(context.aws).send(new PutEventSelectorsCommand(request));
  },

  async checkBenign(context, trails) {
    const request = new GetEventSelectorsCommand({ TrailName: trails.kept });
    const { EventSelectors: selectors } = await new CloudTrailClient(context.aws).send(request);
    const good = isDeepStrictEqual(
      selectors?.map(comparable),
      withDataEvents(context, trails).map(comparable),
    );
    return good
      ? { good }
      : { good, still: `The selectors of ${trails.kept} are now ${JSON.stringify(selectors)}.` };
  },

  async cleanUp(context, { bucket, stopped, kept }) {
    const client = new CloudTrailClient(context.aws);
    const trails = [stopped, kept].map((Name) => () => client.send(new DeleteTrailCommand({ Name })));
    await runAll([...trails, () => deleteBucket(s3ClientOf(context), bucket)], ["TrailNotFoundException"]);
  },

  resources: (context, { stopped, kept }) => ({
    offended: arnOf(context, stopped),
    benign: arnOf(context, kept),
  }),
};

/** All management events, and data events of the drill's own bucket only. */
function withDataEvents({ aws }: Context, { bucket }: Trails): EventSelector[] {
  const own = `arn:${partitionOf(aws.region)}:s3:::${bucket}/drill/`;
  const DataResources = [{ Type: "AWS::S3::Object", Values: [own] }];
  return [{ ReadWriteType: "All", IncludeManagementEvents: true, DataResources }];
}

function comparable({ ReadWriteType, IncludeManagementEvents, DataResources }: EventSelector) {
  return { ReadWriteType, IncludeManagementEvents, DataResources };
}

/** What CloudTrail asks of a log bucket: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function deliveryPolicy(context: Context, { bucket, stopped, kept }: Trails): string {
  const bucketArn = `arn:${partitionOf(context.aws.region)}:s3:::${bucket}`;
  const common = { Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" } };
  const fromTrails = { "aws:SourceArn": [arnOf(context, stopped), arnOf(context, kept)] };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { ...common, Action: "s3:GetBucketAcl", Resource: bucketArn, Condition: { StringEquals: fromTrails } },
      {
        ...common,
        Action: "s3:PutObject",
        Resource: `${bucketArn}/AWSLogs/${context.account}/*`,
        Condition: { StringEquals: { ...fromTrails, "s3:x-amz-acl": "bucket-owner-full-control" } },
      },
    ],
  });
}

function arnOf({ account, aws: { region } }: Context, id: string): string {
  return TRAIL.arn({ partition: partitionOf(region), account, region, id });
}
