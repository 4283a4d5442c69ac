/** Finds the service and the operation of a request. */
import { formFields } from "./decode/input";
import { matchRest, type RestRequest } from "./decode/rest";
import { bucketOfHost } from "./host";
import type { OperationModel, Protocol, ServiceModel, ServiceModels, ServiceSummary } from "./models";

interface Identified {
  operation: OperationModel;
  protocol: Protocol;
  labels: Record<string, string>;
  /** With path and query as in the model: the bucket of S3's virtual-hosted style is put in front of the path. */
  request: RestRequest;
}

/**
 * @param signingName as in the credential scope; undefined for an unsigned request.
 * @param body whole; undefined if it was not kept.
 * @throws with the reason if it can't be known.
 */
export async function identify(
  models: ServiceModels,
  signingName: string | undefined,
  host: string,
  request: RestRequest,
  body: Buffer | undefined,
): Promise<Identified> {
  const target = request.headers["x-amz-target"];
  if (target !== undefined) return identifyTarget(models, signingName, target, request);
  const rpc = /\/service\/([^/]+)\/operation\/([^/?]+)$/.exec(request.path);
  const form = formOf(request, body);
  const candidates = await candidatesOf(models, signingName, request, form);
  if (candidates.length === 0) throw new Error(`No service signs as ${signingName}.`);
  const action = form.get("Action");
  for (const candidate of await Promise.all(candidates.map(({ name }) => models.service(name)))) {
    const found = rpc
      ? byName(candidate, rpc[2], "smithy-rpc-v2-cbor", request)
      : action !== undefined
        ? byAction(candidate, action, form.get("Version"), request)
        : byRest(candidate, host, request);
    if (found) return found;
  }
  const asked = rpc?.[2] ?? action ?? `${request.method} ${request.path}`;
  throw new Error(`${candidates.map(({ name }) => name).join(", ")}: no operation for ${asked}.`);
}

async function identifyTarget(
  models: ServiceModels,
  signingName: string | undefined,
  target: string,
  request: RestRequest,
): Promise<Identified> {
  const dot = target.lastIndexOf(".");
  const prefix = target.slice(0, dot);
  const signed = signingName === undefined ? [] : await models.signedAs(signingName);
  const summary =
    signed.find(({ targetPrefix }) => targetPrefix === prefix) ??
    (await models.targetedAs(prefix)) ??
    // Services accept shorter and older prefixes too, such as `CloudTrail_20131101`.
    signed.find(({ targetPrefix }) => targetPrefix?.endsWith(`.${prefix}`)) ??
    signed[0];
  if (!summary) throw new Error(`No service has the target ${prefix}.`);
  const found = byName(await models.service(summary.name), target.slice(dot + 1), "json", request);
  if (!found) throw new Error(`${summary.name} has no operation ${target.slice(dot + 1)}.`);
  return found;
}

function byName(
  model: ServiceModel,
  name: string | undefined,
  protocol: Protocol,
  request: RestRequest,
): Identified | undefined {
  const operation = name === undefined ? undefined : model.operations[name];
  return operation && { operation, protocol, labels: {}, request };
}

function byAction(
  model: ServiceModel,
  action: string,
  version: string | undefined,
  request: RestRequest,
): Identified | undefined {
  // elb and elbv2 share their signing name and operations: only the version distinguishes them.
  if (version !== undefined && model.metadata.apiVersion !== version && model.name.startsWith("elb"))
    return undefined;
  return byName(model, action, model.metadata.protocol === "ec2" ? "ec2" : "query", request);
}

function byRest(model: ServiceModel, host: string, request: RestRequest): Identified | undefined {
  const { protocol } = model.metadata;
  if (protocol !== "rest-json" && protocol !== "rest-xml") return undefined;
  const bucket = model.name === "s3" ? bucketOfHost(host) : undefined;
  const pathStyle = bucket === undefined ? request : { ...request, path: `/${bucket}${request.path}` };
  const found = matchRest(model, pathStyle);
  return found && { ...found, protocol, request: pathStyle };
}

function formOf(request: RestRequest, body: Buffer | undefined): Map<string, string> {
  const type = request.headers["content-type"] ?? "";
  const fields =
    request.method === "POST" && (type === "" || type.includes("form-urlencoded")) ? formFields(body) : [];
  return new Map([...request.query, ...fields]);
}

/** Operations that anyone may call, without a signature. */
const UNSIGNED: Record<string, string> = { AssumeRoleWithWebIdentity: "sts", AssumeRoleWithSAML: "sts" };

async function candidatesOf(
  models: ServiceModels,
  signingName: string | undefined,
  request: RestRequest,
  form: Map<string, string>,
): Promise<ServiceSummary[]> {
  if (signingName === undefined) {
    const service = UNSIGNED[form.get("Action") ?? ""] ?? "s3";
    return (await models.signedAs(service)).filter(({ name }) => name === service);
  }
  const signed = await models.signedAs(signingName === "s3express" ? "s3" : signingName);
  if (signingName !== "s3") return signed;
  // S3's patterns match every path: S3 Control is known by its version.
  const control = request.path.startsWith("/v20180820/");
  return signed.filter(({ name }) => name === (control ? "s3control" : "s3"));
}
