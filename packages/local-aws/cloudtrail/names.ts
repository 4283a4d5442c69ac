/** CloudTrail's names of sources, events and regions: mostly those of the API, with exceptions that rules must know. */
import type { ApiCall } from "../gateway";
import { isRefusal } from "./errors";

/** Event sources that differ from the signing name, by botocore's name of the service. */
const SOURCES: Record<string, string> = {
  "application-autoscaling": "autoscaling",
  "connect-contact-lens": "connect",
  identitystore: "sso-directory",
  // All of the marketplace's services sign as aws-marketplace.
  "marketplace-agreement": "agreement-marketplace",
  "marketplace-catalog": "marketplacecatalog",
  "marketplace-entitlement": "entitlement-marketplace",
  meteringmarketplace: "metering-marketplace",
  opsworkscm: "opsworks-cm",
  "servicecatalog-appregistry": "servicecatalog-appregistry",
};

/** For example `s3.amazonaws.com`. */
export const eventSourceOf = (call: Pick<ApiCall, "service" | "signingName">): string =>
  `${SOURCES[call.service] ?? (call.signingName === "unknown" ? call.service : call.signingName)}.amazonaws.com`;

/** EventBridge's name of the source: `aws.s3`. */
export const eventBridgeSource = (eventSource: string): string =>
  `aws.${eventSource.replace(".amazonaws.com", "")}`;

/**
 * S3's names in CloudTrail
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html).
 */
const S3: Record<string, string> = {
  DeleteBucketAnalyticsConfiguration: "DeleteAnalyticsConfiguration",
  DeleteBucketCors: "DeleteBucketCors",
  DeleteBucketInventoryConfiguration: "DeleteInventoryConfiguration",
  DeleteBucketMetricsConfiguration: "DeleteMetricsConfiguration",
  DeletePublicAccessBlock: "DeleteBucketPublicAccessBlock",
  GetBucketAccelerateConfiguration: "GetAccelerateConfiguration",
  GetBucketAnalyticsConfiguration: "GetAnalyticsConfiguration",
  GetBucketInventoryConfiguration: "GetInventoryConfiguration",
  GetBucketLifecycleConfiguration: "GetBucketLifecycle",
  GetBucketMetricsConfiguration: "GetMetricsConfiguration",
  GetBucketNotificationConfiguration: "GetBucketNotification",
  GetObjectLockConfiguration: "GetBucketObjectLockConfiguration",
  GetPublicAccessBlock: "GetBucketPublicAccessBlock",
  ListBucketAnalyticsConfigurations: "GetAnalyticsConfiguration",
  ListBucketInventoryConfigurations: "GetInventoryConfiguration",
  ListBucketMetricsConfigurations: "GetMetricsConfiguration",
  ListObjectsV2: "ListObjects",
  ListObjectVersions: "ListObjectVersions",
  PutBucketAccelerateConfiguration: "PutAccelerateConfiguration",
  PutBucketAnalyticsConfiguration: "PutAnalyticsConfiguration",
  PutBucketInventoryConfiguration: "PutInventoryConfiguration",
  PutBucketLifecycleConfiguration: "PutBucketLifecycle",
  PutBucketMetricsConfiguration: "PutMetricsConfiguration",
  PutBucketNotificationConfiguration: "PutBucketNotification",
  PutObjectLockConfiguration: "PutBucketObjectLockConfiguration",
  PutPublicAccessBlock: "PutBucketPublicAccessBlock",
};

/** S3 Control's names of calls on an account, in addition to those on buckets. */
const S3_CONTROL: Record<string, string> = {
  DeletePublicAccessBlock: "DeleteAccountPublicAccessBlock",
  GetPublicAccessBlock: "GetAccountPublicAccessBlock",
  PutPublicAccessBlock: "PutAccountPublicAccessBlock",
};

/**
 * Lambda's names contain the version of the API in which they appeared, and of the event
 * (https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html).
 */
const LAMBDA: Record<string, string> = {
  AddLayerVersionPermission: "AddLayerVersionPermission20181031",
  AddPermission: "AddPermission20150331v2",
  CreateAlias: "CreateAlias20150331",
  CreateEventSourceMapping: "CreateEventSourceMapping20150331",
  CreateFunction: "CreateFunction20150331",
  DeleteAlias: "DeleteAlias20150331",
  DeleteEventSourceMapping: "DeleteEventSourceMapping20150331",
  DeleteFunction: "DeleteFunction20150331",
  DeleteFunctionConcurrency: "DeleteFunctionConcurrency20171031",
  DeleteLayerVersion: "DeleteLayerVersion20181031",
  GetAccountSettings: "GetAccountSettings20160819",
  GetAlias: "GetAlias20150331",
  GetEventSourceMapping: "GetEventSourceMapping20150331",
  GetFunction: "GetFunction20150331v2",
  GetFunctionConfiguration: "GetFunctionConfiguration20150331v2",
  GetLayerVersion: "GetLayerVersion20181031",
  GetLayerVersionPolicy: "GetLayerVersionPolicy20181031",
  GetPolicy: "GetPolicy20150331v2",
  ListAliases: "ListAliases20150331",
  ListEventSourceMappings: "ListEventSourceMappings20150331",
  ListFunctions: "ListFunctions20150331",
  ListLayers: "ListLayers20181031",
  ListLayerVersions: "ListLayerVersions20181031",
  ListTags: "ListTags20170331",
  ListVersionsByFunction: "ListVersionsByFunction20150331",
  PublishLayerVersion: "PublishLayerVersion20181031",
  PublishVersion: "PublishVersion20150331",
  PutFunctionConcurrency: "PutFunctionConcurrency20171031",
  RemoveLayerVersionPermission: "RemoveLayerVersionPermission20181031",
  RemovePermission: "RemovePermission20150331v2",
  TagResource: "TagResource20170331v2",
  UntagResource: "UntagResource20170331v2",
  UpdateAlias: "UpdateAlias20150331",
  UpdateEventSourceMapping: "UpdateEventSourceMapping20150331",
  UpdateFunctionCode: "UpdateFunctionCode20150331v2",
  UpdateFunctionConfiguration: "UpdateFunctionConfiguration20150331v2",
};

export function eventNameOf(
  call: Pick<ApiCall, "service" | "operation" | "model" | "http" | "errorCode">,
): string {
  const { operation, service } = call;
  // A call that can't be decoded still happened.
  if (operation === undefined) return call.http.method;
  if (service === "s3control") return S3_CONTROL[operation] ?? S3[operation] ?? operation;
  if (service === "s3") return S3[operation] ?? operation;
  if (service === "lambda") return LAMBDA[operation] ?? operation;
  // CloudFront's names have their version in the model: PublishFunction2020_05_31. In records, only refused calls have it in the name.
  if (service === "cloudfront" && !isRefusal(call)) return operation.replace(/\d{4}_\d\d_\d\d$/, "");
  return operation;
}

/** The services that record the version of their API, in their own formats. */
const API_VERSIONS: Record<string, string> = {
  appmesh: "2019-01-25",
  cloudfront: "2020_05_31",
  dynamodb: "2012-08-10",
  dynamodbstreams: "2012-08-10",
  efs: "2015-02-01",
  elb: "2012-06-01",
  elbv2: "2015-12-01",
  events: "2015-10-07",
  logs: "20140328",
  route53: "2013-04-01",
};

/** The record's `apiVersion`, which refused calls don't have. */
export function apiVersionOf(call: Pick<ApiCall, "service" | "errorCode">): string | undefined {
  return isRefusal(call) ? undefined : API_VERSIONS[call.service];
}

/**
 * Services whose calls are recorded in one region only, wherever they are made
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events).
 */
const GLOBAL: Record<string, string> = {
  account: "us-east-1",
  budgets: "us-east-1",
  ce: "us-east-1",
  cloudfront: "us-east-1",
  cur: "us-east-1",
  globalaccelerator: "us-west-2",
  health: "us-east-1",
  iam: "us-east-1",
  organizations: "us-east-1",
  route53: "us-east-1",
  route53domains: "us-east-1",
  shield: "us-east-1",
  support: "us-east-1",
  waf: "us-east-1",
};

export function awsRegionOf(call: Pick<ApiCall, "service" | "region">): string {
  const global = GLOBAL[call.service];
  if (global !== undefined) return global;
  // The pseudo-regions of global endpoints, and SigV4A's sets of regions.
  return /^[a-z]{2}(-[a-z]+)+-\d+$/.test(call.region) ? call.region : "us-east-1";
}

/** The services of global service events, which a trail for one region can leave out. */
export const isGlobalService = (eventSource: string): boolean =>
  ["iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"].includes(eventSource);
