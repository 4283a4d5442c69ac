/** The signature of a request: key, region and service, from the Authorization header or, if it is presigned, from the query. */

export interface Signature {
  accessKeyId: string;
  region: string;
  /** The service in the credential scope. */
  signingName: string;
  authentication: "header" | "query";
  /** `SigV4`, `SigV4A` or `SigV2`, as CloudTrail writes them. */
  version: string;
}

/** @returns undefined for an unsigned request. */
export function readSignature(
  headers: Record<string, string>,
  query: [name: string, value: string][],
): Signature | undefined {
  const authorization = headers["authorization"];
  if (authorization !== undefined) {
    const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1];
    const version = authorization.startsWith("AWS4-ECDSA") ? "SigV4A" : "SigV4";
    if (credential !== undefined) return scopeOf(credential, version, headers["x-amz-region-set"], "header");
    const keyId = /^AWS ([^:\s]+):/.exec(authorization)?.[1];
    return keyId === undefined ? undefined : signatureVersion2(keyId, "header");
  }
  const parameters = new Map(query.map(([name, value]) => [name.toLowerCase(), value]));
  const credential = parameters.get("x-amz-credential");
  if (credential !== undefined) {
    const version = parameters.get("x-amz-algorithm")?.startsWith("AWS4-ECDSA") === true ? "SigV4A" : "SigV4";
    return scopeOf(credential, version, parameters.get("x-amz-region-set"), "query");
  }
  const keyId = parameters.get("awsaccesskeyid");
  return keyId === undefined ? undefined : signatureVersion2(keyId, "query");
}

function scopeOf(
  credential: string,
  version: "SigV4" | "SigV4A",
  regionSet: string | undefined,
  authentication: Signature["authentication"],
): Signature | undefined {
  const parts = credential.split("/");
  // The scope of SigV4A has no region: it signs for a set of regions.
  const [accessKeyId, , region, signingName] =
    version === "SigV4A" ? [parts[0], parts[1], regionSet?.split(",")[0] ?? "*", parts[2]] : parts;
  if (accessKeyId === undefined || region === undefined || signingName === undefined) return undefined;
  return { accessKeyId, region, signingName, authentication, version };
}

/** Signature version 2, which S3 still accepts, has no scope. */
const signatureVersion2 = (accessKeyId: string, authentication: Signature["authentication"]): Signature => ({
  accessKeyId,
  region: "us-east-1",
  signingName: "s3",
  authentication,
  version: "SigV2",
});
