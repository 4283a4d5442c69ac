/** The `resources` of a record, for the services that fill them in. */
import { isJsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import type { DataResource } from "./categories";
import { isRefusal } from "./errors";

type Resource = { ARN?: string; ARNPrefix?: string; accountId?: string; type?: string };

/** S3's calls on objects that they don't name. */
const ON_ANY_OBJECT = new Set(["ListObjects", "ListObjectsV2", "ListObjectVersions", "DeleteObjects"]);

/** @param owner the resource's account, if it is not the caller's. */
export function resourcesOf(
  call: ApiCall,
  region: string,
  data: DataResource | undefined,
  owner?: string,
): Resource[] | undefined {
  const found = findResources(call, region, data, owner);
  return found.length === 0 ? undefined : found;
}

/**
 * The resources of another account as the caller sees them: a refused caller doesn't see the bucket's owner
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html).
 */
export function seenByStranger(call: ApiCall, resources: Resource[] | undefined): Resource[] | undefined {
  if (call.service !== "s3" || !isRefusal(call)) return resources;
  return resources?.map((resource) =>
    resource.accountId === undefined ? resource : { ...resource, accountId: "" },
  );
}

function findResources(
  call: ApiCall,
  region: string,
  data: DataResource | undefined,
  owner: string | undefined,
): Resource[] {
  const parameter = (name: string): string | undefined => {
    const value = call.parameters?.[name];
    return typeof value === "string" ? value : undefined;
  };
  const accountId = call.account;
  switch (call.service) {
    case "s3": {
      const bucket = parameter("Bucket");
      if (bucket === undefined || call.errorCode === "NoSuchBucket") return [];
      // A refused management call, and one for a name already taken, has no resource. Any other failed call has the bucket.
      if (!data && (isRefusal(call) || (call.errorCode !== undefined && call.operation === "CreateBucket")))
        return [];
      const whole = { accountId: owner ?? accountId, type: "AWS::S3::Bucket", ARN: `arn:aws:s3:::${bucket}` };
      const key = parameter("Key");
      if (data && key !== undefined)
        return [{ type: "AWS::S3::Object", ARN: `${whole.ARN}/${key}` }, whole, ...copied(call)];
      return data && ON_ANY_OBJECT.has(call.operation ?? "")
        ? [{ type: "AWS::S3::Object", ARNPrefix: `${whole.ARN}/` }, whole]
        : [whole];
    }
    case "sts": {
      const ARN = parameter("RoleArn");
      if (ARN === undefined) return [];
      return [{ ARN, accountId: ARN.split(":")[4] ?? accountId, type: "AWS::IAM::Role" }];
    }
    case "kms": {
      // The key that the call names may not exist.
      if (call.errorCode === "NotFoundException") return [];
      const type = "AWS::KMS::Key";
      const ARN = keyArn(call, region);
      const key = ARN === undefined ? [] : [{ accountId: ARN.split(":")[4] ?? accountId, type, ARN }];
      const name = /^(Create|Update|Delete)Alias$/.test(call.operation ?? "") && parameter("AliasName");
      if (typeof name !== "string" || call.errorCode !== undefined) return key;
      const alias = { accountId, type, ARN: `arn:aws:kms:${region}:${accountId}:${name}` };
      return call.operation === "CreateAlias" ? [...key, alias] : [alias, ...key];
    }
    case "ssm": {
      const { Names: names } = call.parameters ?? {};
      const name = parameter("Name");
      const all = Array.isArray(names) ? names.map(String) : name === undefined ? [] : [name];
      if (!/^(Get|Put|Delete|Label)Parameter/.test(call.operation ?? "") || call.errorCode !== undefined)
        return [];
      return all.map((resource) => ({
        ARN: resource.startsWith("arn:")
          ? resource
          : `arn:aws:ssm:${region}:${accountId}:parameter/${resource.replace(/^\//, "")}`,
        accountId,
      }));
    }
    case "ecr": {
      const name = parameter("repositoryName");
      return name === undefined
        ? []
        : [{ ARN: `arn:aws:ecr:${region}:${accountId}:repository/${name}`, accountId }];
    }
    default:
      if (!data && call.errorCode === undefined) return managed(call, region);
      if (data?.arn === undefined) return [];
      // EventBridge's resources have no account: https://docs.aws.amazon.com/eventbridge/latest/userguide/logging-using-cloudtrail.html
      if (call.service === "events") return [{ type: data.type, ARN: data.arn }];
      return [data.arn, ...(data.further ?? [])].map((ARN) => ({
        accountId: ARN.split(":")[4] || accountId,
        type: data.type,
        ARN,
      }));
  }
}

/** The source of a copy: `bucket/key`, with or without a version. */
function copied(call: ApiCall): Resource[] {
  const source = call.operation === "CopyObject" ? call.parameters?.["CopySource"] : undefined;
  const [, named] = typeof source === "string" ? (/^\/?([^?]+)/.exec(source) ?? []) : [];
  if (named === undefined) return [];
  const object = decoded(named);
  return [{ type: "AWS::S3::Object", ARN: object.startsWith("arn:") ? object : `arn:aws:s3:::${object}` }];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Queues and tables of management events, where the call names one. */
function managed(call: ApiCall, region: string): Resource[] {
  const { QueueUrl: url, TableName: table } = call.parameters ?? {};
  if (call.service === "sqs" && typeof url === "string") {
    const [accountId, name] = url.split("/").slice(-2);
    const ARN = `arn:aws:sqs:${region}:${accountId}:${name}`;
    return name === undefined ? [] : [{ accountId, type: "AWS::SQS::Queue", ARN }];
  }
  if (call.service === "dynamodb" && typeof table === "string") {
    const ARN = table.startsWith("arn:")
      ? table
      : `arn:aws:dynamodb:${region}:${call.account}:table/${table}`;
    return [{ accountId: ARN.split(":")[4], type: "AWS::DynamoDB::Table", ARN }];
  }
  return [];
}

/** The answer has the key's ARN, the call may have its id. Aliases give no key. */
export function keyArn(call: ApiCall, region: string): string | undefined {
  const metadata = call.output?.["KeyMetadata"];
  const described = isJsonObject(metadata) ? metadata["Arn"] : undefined;
  const candidates = [
    described,
    call.output?.["KeyId"],
    call.parameters?.["KeyId"],
    call.parameters?.["TargetKeyId"],
  ];
  for (const candidate of candidates) {
    if (typeof candidate !== "string" || candidate.includes("alias/")) continue;
    return candidate.startsWith("arn:")
      ? candidate
      : `arn:aws:kms:${region}:${call.account}:key/${candidate}`;
  }
  return undefined;
}
