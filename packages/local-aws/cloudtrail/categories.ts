/** Which calls are data events (done in a resource), and on which resource. All others are management events. */
import { isJsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { tablesOf } from "./dynamodb";

interface DataEvents {
  type: string;
  operations: RegExp;
}

const DATA: Record<string, DataEvents> = {
  cloudwatch: {
    type: "AWS::CloudWatch::Metric",
    operations: /^(PutMetricData|GetMetric(Data|Statistics|WidgetImage)|ListMetrics)$/,
  },
  dynamodb: {
    type: "AWS::DynamoDB::Table",
    operations:
      /^(Batch(Get|Write)Item|(Get|Put|Update|Delete)Item|Query|Scan|TransactGetItems|TransactWriteItems|ExecuteStatement|BatchExecuteStatement|ExecuteTransaction)$/,
  },
  dynamodbstreams: { type: "AWS::DynamoDB::Stream", operations: /./ },
  ebs: { type: "AWS::EC2::Snapshot", operations: /./ },
  events: { type: "AWS::Events::EventBus", operations: /^PutEvents$/ },
  firehose: { type: "AWS::KinesisFirehose::DeliveryStream", operations: /^PutRecord(Batch)?$/ },
  kinesis: {
    type: "AWS::Kinesis::Stream",
    operations: /^(PutRecords?|GetRecords|GetShardIterator|SubscribeToShard)$/,
  },
  lambda: { type: "AWS::Lambda::Function", operations: /^Invoke/ },
  // Reading is a management event: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/logging_cw_api_calls_cwl.html
  logs: { type: "AWS::Logs::LogGroup", operations: /^PutLogEvents$/ },
  "rds-data": { type: "AWS::RDS::DBCluster", operations: /./ },
  s3: {
    type: "AWS::S3::Object",
    operations:
      /^(AbortMultipartUpload|CompleteMultipartUpload|CopyObject|CreateMultipartUpload|DeleteObject(s|Tagging)?|(Get|Put)Object(Acl|Attributes|LegalHold|Retention|Tagging|Torrent)?|HeadObject|HeadBucket|ListObjects(V2)?|ListObjectVersions|ListParts|ListMultipartUploads|RenameObject|RestoreObject|SelectObjectContent|UploadPart(Copy)?)$/,
  },
  ses: { type: "AWS::SES::EmailIdentity", operations: /^Send/ },
  sesv2: { type: "AWS::SES::EmailIdentity", operations: /^Send(Bulk)?Email$/ },
  sns: { type: "AWS::SNS::Topic", operations: /^Publish(Batch)?$/ },
  sqs: {
    type: "AWS::SQS::Queue",
    operations: /^(SendMessage|DeleteMessage|ChangeMessageVisibility)(Batch)?$|^ReceiveMessage$/,
  },
  xray: { type: "AWS::XRay::Trace", operations: /^(PutTraceSegments|GetTraceSummaries|BatchGetTraces)$/ },
};

export interface DataResource {
  type: string;
  /** Undefined if the call doesn't name it. */
  arn?: string;
  /** Other resources of the same type in the same call: a transaction can change several tables. */
  further?: string[];
}

/** @returns undefined for a management event. */
export function dataResource(call: ApiCall, region: string): DataResource | undefined {
  const data = DATA[call.service];
  if (!data || call.operation === undefined || !data.operations.test(call.operation)) return undefined;
  if (call.service !== "dynamodb") return { type: data.type, arn: dataArn(call, region) };
  const [arn, ...further] = tablesOf(call).map((name) =>
    name.startsWith("arn:") ? name : `arn:aws:dynamodb:${region}:${call.account}:table/${name}`,
  );
  return { type: data.type, arn, ...(further.length === 0 ? {} : { further }) };
}

function dataArn(call: ApiCall, region: string): string | undefined {
  const text = (name: string) => {
    const value = call.parameters?.[name];
    return typeof value === "string" ? value : undefined;
  };
  const own = (service: string, name: string | undefined) =>
    name === undefined
      ? undefined
      : name.startsWith("arn:")
        ? name
        : `arn:aws:${service}:${region}:${call.account}:${name}`;
  switch (call.service) {
    case "s3":
      return `arn:aws:s3:::${text("Bucket")}/${text("Key") ?? ""}`;
    case "lambda":
      return functionArn(text("FunctionName"), call.account, region);
    case "sns":
      return text("TopicArn") ?? text("TargetArn");
    case "sqs": {
      const [account, name] = text("QueueUrl")?.split("/").slice(-2) ?? [];
      return name === undefined ? undefined : `arn:aws:sqs:${region}:${account}:${name}`;
    }
    case "events": {
      const bus = busOf(call);
      return bus.startsWith("arn:") ? bus : own("events", `event-bus/${bus}`);
    }
    case "kinesis": {
      const name = text("StreamName");
      return text("StreamARN") ?? (name === undefined ? undefined : own("kinesis", `stream/${name}`));
    }
    default:
      return undefined;
  }
}

/** The bus of the first event. */
function busOf(call: ApiCall): string {
  const { Entries: entries } = call.parameters ?? {};
  const [first] = Array.isArray(entries) ? entries : [];
  const bus = isJsonObject(first) ? first["EventBusName"] : undefined;
  return typeof bus === "string" ? bus : "default";
}

/** Calls name a function by its name or its ARN (whole, or from the account on), with or without a version or alias. The result has none. */
function functionArn(name: string | undefined, account: string, region: string): string | undefined {
  const named = /^(?:(?:arn:aws:lambda:([^:]+):)?(\d{12}):)?(?:function:)?([^:]+)(?::[^:]+)?$/.exec(
    name ?? "",
  );
  if (!named) return undefined;
  const [, itsRegion = region, itsAccount = account, itsName] = named;
  return `arn:aws:lambda:${itsRegion}:${itsAccount}:function:${itsName}`;
}
