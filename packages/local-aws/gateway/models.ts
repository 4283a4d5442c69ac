/** AWS's service models, as botocore ships them: the operations of a service and the form of its messages. Read when first needed. */
import { open, readdir, readFile } from "node:fs/promises";
import * as path from "node:path";
import { constants, gunzip, gunzipSync } from "node:zlib";
import { promisify } from "node:util";
import { Memo } from "../memo";

const inflate = promisify(gunzip);

export type Protocol = "rest-xml" | "rest-json" | "query" | "ec2" | "json" | "smithy-rpc-v2-cbor";

/** A member's use of a shape: the shape and how this place names it. */
export interface ShapeReference {
  shape: string;
  location?: "uri" | "querystring" | "header" | "headers" | "statusCode";
  locationName?: string;
  queryName?: string;
  flattened?: boolean;
  xmlAttribute?: boolean;
  streaming?: boolean;
  timestampFormat?: "iso8601" | "rfc822" | "unixTimestamp";
  /** JSON inside a string, in a header. */
  jsonvalue?: boolean;
}

export interface Shape {
  type:
    | "structure"
    | "list"
    | "map"
    | "string"
    | "character"
    | "integer"
    | "long"
    | "short"
    | "byte"
    | "bigdecimal"
    | "double"
    | "float"
    | "boolean"
    | "blob"
    | "timestamp";
  members?: Record<string, ShapeReference>;
  required?: string[];
  /** Of a list. */
  member?: ShapeReference;
  /** Of a map. */
  key?: ShapeReference;
  value?: ShapeReference;
  payload?: string;
  flattened?: boolean;
  locationName?: string;
  sensitive?: boolean;
  streaming?: boolean;
  timestampFormat?: "iso8601" | "rfc822" | "unixTimestamp";
  eventstream?: boolean;
  document?: boolean;
  exception?: boolean;
  error?: { code?: string; httpStatusCode?: number; senderFault?: boolean };
}

export interface OperationModel {
  name: string;
  http: { method: string; requestUri: string; responseCode?: number };
  input?: ShapeReference;
  output?: ShapeReference & { resultWrapper?: string };
  errors?: ShapeReference[];
  deprecated?: boolean;
  /** Added here, so that an operation leads to its service. */
  service: ServiceModel;
}

export interface ServiceModel {
  /** botocore's name of the service, for example `ec2`, `elbv2`, `stepfunctions`. */
  name: string;
  metadata: {
    apiVersion: string;
    endpointPrefix: string;
    protocol: Protocol;
    protocols?: Protocol[];
    signingName?: string;
    targetPrefix?: string;
    serviceId?: string;
    globalEndpoint?: string;
    xmlNamespace?: string | { uri: string };
  };
  operations: Record<string, OperationModel>;
  shapes: Record<string, Shape>;
}

/** The metadata at the head of a model's file: enough to choose which models to read. */
export interface ServiceSummary {
  name: string;
  endpointPrefix: string;
  signingName: string;
  targetPrefix?: string;
  protocol: Protocol;
}

/** Head of a file that holds its metadata, compressed or not. */
const HEAD_BYTES = 4096;
const FILES_AT_ONCE = 32;

export interface ServiceModels {
  /** The services that sign as `signingName`, the most likely one first. */
  signedAs(signingName: string): Promise<ServiceSummary[]>;
  /** The service whose X-Amz-Target starts with `prefix`. */
  targetedAs(prefix: string): Promise<ServiceSummary | undefined>;
  /** @throws if there is no such service. */
  service(name: string): Promise<ServiceModel>;
}

/** @param folder botocore's `data` folder: `<service>/<version>/service-2.json[.gz]`; the newest version counts. */
export function serviceModels(folder: string): ServiceModels {
  const loaded = new Memo<ServiceModel>();
  let index: Promise<ServiceSummary[]> | undefined;
  const all = () => (index ??= readIndex(folder));
  return {
    async signedAs(signingName) {
      const found = (await all()).filter((summary) => summary.signingName === signingName);
      // Several services sign with one name (rds, docdb, neptune): the one of that name comes first.
      const rank = ({ name }: ServiceSummary) => (name === signingName ? 0 : name.length);
      return found.sort((left, right) => rank(left) - rank(right));
    },
    async targetedAs(prefix) {
      return (await all()).find((summary) => summary.targetPrefix === prefix);
    },
    service: (name) => loaded.get(name, () => readModel(folder, name)),
  };
}

async function readModel(folder: string, name: string): Promise<ServiceModel> {
  const file = await modelFile(folder, name);
  if (file === undefined) throw new Error(`There is no model of the service ${name} in ${folder}.`);
  const bytes = await readFile(file);
  const text = (file.endsWith(".gz") ? await inflate(bytes) : bytes).toString();
  const model = JSON.parse(text) as ServiceModel;
  // Two thirds of a model are documentation: EC2's shrinks from 30 MB in memory to 12.
  forgetDocumentation(model);
  model.name = name;
  for (const operation of Object.values(model.operations)) operation.service = model;
  return model;
}

function forgetDocumentation(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const object = value as Record<string, unknown>;
  if (typeof object["documentation"] === "string") delete object["documentation"];
  for (const key in object) forgetDocumentation(object[key]);
}

async function modelFile(folder: string, name: string): Promise<string | undefined> {
  // Names come from requests too.
  if (!/^[a-z0-9-]+$/.test(name)) return undefined;
  const home = path.join(folder, name);
  const versions = (await readdir(home).catch(() => [])).filter((entry) => /^\d{4}-\d{2}-\d{2}$/.test(entry));
  const newest = versions.sort().at(-1);
  if (newest === undefined) return undefined;
  const files = await readdir(path.join(home, newest));
  const file = files.find((entry) => entry === "service-2.json.gz" || entry === "service-2.json");
  return file === undefined ? undefined : path.join(home, newest, file);
}

/** Some 400 services in about 80 ms: only the first bytes of each file are read. */
async function readIndex(folder: string): Promise<ServiceSummary[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const summaries: (ServiceSummary | undefined)[] = [];
  for (let start = 0; start < names.length; start += FILES_AT_ONCE) {
    const batch = names.slice(start, start + FILES_AT_ONCE);
    summaries.push(...(await Promise.all(batch.map((name) => readSummary(folder, name)))));
  }
  return summaries.filter((summary) => summary !== undefined);
}

async function readSummary(folder: string, name: string): Promise<ServiceSummary | undefined> {
  const file = await modelFile(folder, name);
  if (file === undefined) return undefined;
  const head = await readHead(file);
  const start = head.indexOf('"metadata"');
  const end = head.indexOf('"operations"', start);
  const metadata = head.slice(start, end < 0 ? undefined : end);
  const field = (key: string) => new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(metadata)?.[1];
  const endpointPrefix = field("endpointPrefix");
  const protocol = field("protocol") as Protocol | undefined;
  if (endpointPrefix === undefined || protocol === undefined) return undefined;
  const signingName = field("signingName") ?? endpointPrefix;
  return { name, endpointPrefix, signingName, targetPrefix: field("targetPrefix"), protocol };
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, HEAD_BYTES, 0);
    const bytes = buffer.subarray(0, bytesRead);
    if (!file.endsWith(".gz")) return bytes.toString();
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  } finally {
    await handle.close();
  }
}

/** The shape a reference points to. */
export function shapeOf(model: ServiceModel, reference: ShapeReference): Shape {
  const shape = model.shapes[reference.shape];
  if (!shape) throw new Error(`The model of ${model.name} has no shape ${reference.shape}.`);
  return shape;
}
