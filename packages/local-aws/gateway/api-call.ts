/** One API call that passed the gateway: the caller, the operation, its parameters and its result. */
import type { JsonObject } from "@bailiwick/aws-events/record";
import type { CallerIdentity } from "../emulator/emulator";
import type { OperationModel } from "./models";

export interface ApiCall {
  /** Increases in the order in which the calls ended, which is the order in which they are reported. */
  sequence: number;
  /** Milliseconds since 1970, with fractions: when the request's head arrived, and when the answer was complete. */
  receivedAt: number;
  endedAt: number;
  /** botocore's name of the service, for example `ec2`; the name it was signed with if there is no model. */
  service: string;
  /** The name in the credential scope, for example `elasticloadbalancing`. */
  signingName: string;
  /** The API's own name, for example `PutBucketPolicy`; undefined if it is not known. */
  operation?: string;
  /** The model it was decoded with. */
  model?: OperationModel;
  /** Whether the call only reads, by its name. False if the operation is unknown. */
  readOnly: boolean;
  /** The region it was signed for; of an unsigned call, the one in the host's name, or else us-east-1. */
  region: string;
  /** The caller's account: 12 digits; empty for an anonymous call. */
  account: string;
  accessKeyId?: string;
  identity: CallerIdentity;
  /** Input by the model's member names, with times in ISO 8601, blobs in base64 and without streams. */
  parameters?: JsonObject;
  /** Output of a successful call, likewise. */
  output?: JsonObject;
  /** The response's status. */
  status: number;
  /** As on the wire, for example `NoSuchBucket`; absent on success. */
  errorCode?: string;
  errorMessage?: string;
  requestId?: string;
  /** Why it could not be decoded, or not completely. */
  problem?: string;
  http: HttpExchange;
}

/** The parts of the HTTP exchange that a record may contain. */
export interface HttpExchange {
  method: string;
  host: string;
  /** Without the query, percent-encoding as sent. */
  path: string;
  query: [name: string, value: string][];
  /** Lower-case names. */
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  /** How it was signed: in the Authorization header, in the query (presigned), or not at all. */
  authentication: "header" | "query" | "none";
  signatureVersion?: string;
  sourceAddress: string;
  /** Length of the bodies in bytes. */
  bytesIn: number;
  bytesOut: number;
  /** The request's body, if it was small and is text. */
  requestText?: string;
  responseText?: string;
}

export type {};
