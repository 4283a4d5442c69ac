/** S3's records. Their parameters are the query, some headers, and the body as JSON. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { bucketOfHost } from "../gateway/host";
import { parseXml } from "../gateway/xml";
import { xmlToJson } from "./xml-json";

/** Query parameters of the signature or the SDK, not of the caller. */
const NOT_PARAMETERS = new Set(["x-id", "awsaccesskeyid", "signature", "expires"]);
/** Headers that records show under their own names. */
const SHOWN_HEADERS = [
  "x-amz-acl",
  "x-amz-bucket-object-lock-enabled",
  "x-amz-copy-source",
  "x-amz-expected-bucket-owner",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
  "x-amz-object-ownership",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-storage-class",
  "x-amz-tagging",
  "x-amz-website-redirect-location",
];
const SHOWN_RESPONSE_HEADERS = [
  "x-amz-delete-marker",
  "x-amz-expiration",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-version-id",
];

/** S3 and S3 Control, which write their records alike. */
export const isS3 = ({ service }: Pick<ApiCall, "service">): boolean =>
  service === "s3" || service === "s3control";

export function s3Request(call: ApiCall, region: string): JsonObject | null {
  const { parameters = {}, http } = call;
  const request: JsonObject = {};
  const bucket = parameters["Bucket"];
  if (typeof bucket === "string") request["bucketName"] = bucket;
  request["Host"] = awsHost(call, region);
  if (typeof parameters["Key"] === "string") request["key"] = parameters["Key"];
  for (const [name, value] of http.query) {
    const lower = name.toLowerCase();
    if (NOT_PARAMETERS.has(lower) || lower.startsWith("x-amz-signature") || isPresigning(lower)) continue;
    request[name] = value;
  }
  for (const header of SHOWN_HEADERS) {
    const value = http.requestHeaders[header];
    if (value !== undefined) request[header] = value;
  }
  const grants = Object.entries(http.requestHeaders).filter(([name]) => name.startsWith("x-amz-grant-"));
  if (grants.length > 0) request["accessControlList"] = Object.fromEntries(grants);
  const body = bodyOf(call);
  if (body) request[body[0]] = body[1];
  return request;
}

/** Records of presigned requests show how these were signed, without signature and token. */
const isPresigning = (lower: string): boolean =>
  lower === "x-amz-security-token" || lower === "x-amz-credential";

function bodyOf(call: ApiCall): [string, Json] | undefined {
  const text = call.http.requestText?.trim();
  if (text === undefined || text === "" || call.operation === "PutObject" || call.operation === "UploadPart")
    return undefined;
  if (call.operation === "PutBucketPolicy") {
    try {
      return ["bucketPolicy", JSON.parse(text) as Json];
    } catch {
      return ["bucketPolicy", text];
    }
  }
  // The record doesn't name the objects that a batch deletes.
  if (
    !text.startsWith("<") ||
    call.operation === "DeleteObjects" ||
    call.operation === "CompleteMultipartUpload"
  )
    return undefined;
  try {
    const root = parseXml(text);
    return [root.name, xmlToJson(root)];
  } catch {
    return undefined;
  }
}

const ENCRYPTION = "x-amz-server-side-encryption";
const STORING = new Set(["PutObject", "CopyObject", "CreateMultipartUpload"]);

/**
 * The encryption of an object that the call stores: that of the call, or the bucket's default
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption-tracking.html).
 */
function sseApplied({ operation = "", errorCode, http }: ApiCall): string | undefined {
  if (!STORING.has(operation) || errorCode !== undefined) return undefined;
  if (`${ENCRYPTION}-customer-algorithm` in http.requestHeaders) return "SSE_C";
  const requested = http.requestHeaders[ENCRYPTION];
  const kms = (requested ?? http.responseHeaders[ENCRYPTION])?.startsWith("aws:kms") === true;
  return `${requested === undefined ? "Default_" : ""}${kms ? "SSE_KMS" : "SSE_S3"}`;
}

/** Null for nearly all calls: S3 answers in headers. */
export function s3Response(call: ApiCall): JsonObject | null {
  if (call.errorCode !== undefined || call.readOnly) return null;
  // Since 2023 S3 encrypts every object and says so. The emulator only says so on request.
  const byDefault = sseApplied(call) === "Default_SSE_S3" ? [[ENCRYPTION, "AES256"] as const] : [];
  const headers = SHOWN_RESPONSE_HEADERS.flatMap((name) => {
    const value = call.http.responseHeaders[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return headers.length + byDefault.length === 0 ? null : Object.fromEntries([...byDefault, ...headers]);
}

/**
 * The host of the call on AWS, where clients put the bucket before the host if its name is valid in DNS. Here all calls go to one
 * address.
 */
export function awsHost(call: ApiCall, region: string): string {
  if (call.service === "s3control") {
    const account = call.parameters?.["AccountId"];
    return `${typeof account === "string" ? account : call.account}.s3-control.${region}.amazonaws.com`;
  }
  const bucket = bucketOfHost(call.http.host) ?? call.parameters?.["Bucket"];
  const named = typeof bucket === "string" && /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
  return `${named ? `${bucket}.` : ""}s3.${region}.amazonaws.com`;
}

export function s3AdditionalData(call: ApiCall): JsonObject {
  const { http } = call;
  const data: JsonObject = {};
  if (http.signatureVersion !== undefined) {
    data["SignatureVersion"] = http.signatureVersion;
    data["AuthenticationMethod"] = http.authentication === "query" ? "QueryString" : "AuthHeader";
  }
  data["CipherSuite"] = "TLS_AES_128_GCM_SHA256";
  data["bytesTransferredIn"] = http.bytesIn;
  const applied = sseApplied(call);
  if (applied !== undefined) data["SSEApplied"] = applied;
  data["bytesTransferredOut"] = http.bytesOut;
  const id2 = http.responseHeaders["x-amz-id-2"];
  if (id2 !== undefined) data["x-amz-id-2"] = id2;
  return data;
}
