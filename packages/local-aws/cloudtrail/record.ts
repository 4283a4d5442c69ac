/**
 * An API call as CloudTrail records it
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
 */
import { randomUUID } from "node:crypto";
import type { CloudTrailRecord, JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { dataResource, type DataResource } from "./categories";
import { dynamoDbRequest, withoutValues, type KeyNames } from "./dynamodb";
import { ec2Request, ec2Response } from "./ec2";
import { errorCodeOf, errorMessageOf, hidesParameters, refusalElements } from "./errors";
import { federationRequest, isFederation, samlProvider } from "./federation";
import { foreignIdentity, userIdentityOf } from "./identity";
import { apiVersionOf, awsRegionOf, eventNameOf, eventSourceOf } from "./names";
import { resourcesOf, seenByStranger } from "./resources";
import { awsHost, isS3, s3AdditionalData, s3Request, s3Response } from "./s3";
import { serviceAdditionalData, serviceRequest, serviceResponse } from "./services";

const EVENT_VERSION = "1.11";

/** The record for one account. A call on another account's resource makes two. */
export interface Recorded {
  record: CloudTrailRecord;
  /** For data events. */
  data?: DataResource;
}

/**
 * @param foreignOwner the account that owns the resource, if it is not the caller's.
 * @param keyNames key attributes of DynamoDB's tables in the call, as far as they are known.
 */
export function recordsOf(call: ApiCall, foreignOwner?: string, keyNames: KeyNames = new Map()): Recorded[] {
  const region = awsRegionOf(call);
  const data = dataResource(call, region);
  const record = recordOf(call, region, data, foreignOwner, keyNames);
  if (foreignOwner === undefined || foreignOwner === call.account) return [{ record, data }];
  // A federated caller has no account, so only the role's account records the call.
  if (isFederation(call)) return [{ record: { ...record, recipientAccountId: foreignOwner }, data }];
  record.sharedEventID = randomUUID();
  // An anonymous caller has no account, so only the owner records the call, without a shared id.
  if (call.account === "") return [{ record: { ...record, recipientAccountId: foreignOwner }, data }];
  const theirs: CloudTrailRecord = {
    ...record,
    eventID: randomUUID(),
    recipientAccountId: foreignOwner,
    userIdentity: foreignIdentity(call),
  };
  const resources = seenByStranger(call, record.resources);
  return [
    { record: resources ? { ...record, resources } : record, data },
    { record: theirs, data },
  ];
}

function recordOf(
  call: ApiCall,
  region: string,
  data: DataResource | undefined,
  owner: string | undefined,
  keyNames: KeyNames,
): CloudTrailRecord {
  const s3 = isS3(call);
  const { requestParameters, responseElements } = elements(call, region, data, keyNames);
  const userAgent = call.http.requestHeaders["user-agent"] ?? "";
  const record: CloudTrailRecord = {
    eventVersion: EVENT_VERSION,
    userIdentity: userIdentityOf(call),
    eventTime: wholeSeconds(call.receivedAt),
    eventSource: eventSourceOf(call),
    eventName: eventNameOf(call),
    awsRegion: region,
    sourceIPAddress: call.http.sourceAddress.replace(/^::ffff:/, ""),
    // Only S3 puts it in brackets.
    userAgent: s3 ? `[${userAgent}]` : userAgent,
    requestParameters,
    responseElements,
    eventID: randomUUID(),
    readOnly: call.readOnly,
    eventType: "AwsApiCall",
    managementEvent: data === undefined,
    recipientAccountId: call.account,
    eventCategory: data === undefined ? "Management" : "Data",
  };
  if (!WITHOUT_TLS_DETAILS.has(call.service)) record.tlsDetails = tlsDetails(call, region);
  const errorCode = errorCodeOf(call);
  if (errorCode !== undefined) record.errorCode = errorCode;
  const errorMessage = errorMessageOf(call);
  if (errorMessage !== undefined)
    record.errorMessage =
      call.service === "dynamodb" && data
        ? withoutValues(errorMessage, call, dynamoDbRequest(call, keyNames))
        : errorMessage;
  if (call.requestId !== undefined) record.requestID = call.requestId;
  const additional = s3 ? s3AdditionalData(call) : serviceAdditionalData(call);
  if (additional) record.additionalEventData = additional;
  const apiVersion = apiVersionOf(call);
  if (apiVersion !== undefined) record.apiVersion = apiVersion;
  const resources = resourcesOf(call, region, data, owner);
  const provider = samlProvider(call);
  if (resources) record.resources = provider ? [...resources, provider] : resources;
  return record;
}

function elements(
  call: ApiCall,
  region: string,
  data: DataResource | undefined,
  keyNames: KeyNames,
): Pick<CloudTrailRecord, "requestParameters" | "responseElements"> {
  const hidden = hidesParameters(call);
  if (isS3(call)) return { requestParameters: s3Request(call, region), responseElements: s3Response(call) };
  if (call.service === "ec2")
    return { requestParameters: hidden ? null : ec2Request(call), responseElements: ec2Response(call) };
  if (call.service === "dynamodb" && data)
    return { requestParameters: hidden ? null : dynamoDbRequest(call, keyNames), responseElements: null };
  return {
    requestParameters: hidden ? null : federationRequest(call, serviceRequest(call)),
    responseElements: serviceResponse(call) ?? refusalElements(call),
  };
}

/** Services behind API Gateway don't record the connection. */
const WITHOUT_TLS_DETAILS = new Set([
  "appsync",
  "bedrock-agent",
  "eks",
  "guardduty",
  "resource-explorer-2",
  "servicecatalog-appregistry",
  "support",
]);

/** The protocols that services negotiate with today's clients, where they differ from the others. */
const CONNECTIONS: Record<string, [tlsVersion: string, cipherSuite: string]> = {
  kms: ["TLSv1.3", "TLS_AES_256_GCM_SHA384"],
  ssm: ["TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"],
};

/** As on AWS; the local organization itself speaks plain HTTP on one address. */
function tlsDetails(call: ApiCall, region: string): JsonObject {
  const metadata = call.model?.service.metadata;
  const prefix = metadata?.endpointPrefix ?? call.signingName;
  const global = ["iam", "cloudfront", "route53"].includes(prefix);
  const host = isS3(call)
    ? awsHost(call, region)
    : global
      ? `${prefix}.amazonaws.com`
      : `${prefix}.${region}.amazonaws.com`;
  const [tlsVersion, cipherSuite] = CONNECTIONS[call.service] ?? ["TLSv1.3", "TLS_AES_128_GCM_SHA256"];
  return { tlsVersion, cipherSuite, clientProvidedHostHeader: host };
}

export const wholeSeconds = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
