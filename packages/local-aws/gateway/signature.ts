/** Who signed a request, for which region and service: from the Authorization header or, presigned, from the query. */

export interface Signature {
  accessKeyId: string;
  region: string;
  /** The service in the credential scope. */
  signingName: string;
  authentication: "header" | "query";
  /** `SigV4`, `SigV4A`, `SigV2`: CloudTrail's words. */
  version: string;
}

/** @returns undefined for a request that nobody signed. */
export function readSignature(
  headers: Record<string, string>,
  query: [name: string, value: string][],
): Signature | undefined {
  const authorization = headers["authorization"];
  if (authorization !== undefined) {
    const credential = /Credential=([^,\s]+)/.exec(authorization)?.[1];
    const version = authorization.startsWith("AWS4-ECDSA") ? "SigV4A" : "SigV4";
    if (credential !== undefined) return scopeOf(credential, version, headers["x-amz-region-set"], "header");
    const old = /^AWS ([^:\s]+):/.exec(authorization)?.[1];
    return old === undefined ? undefined : signedOldWay(old, "header");
  }
  const asked = new Map(query.map(([name, value]) => [name.toLowerCase(), value]));
  const credential = asked.get("x-amz-credential");
  if (credential !== undefined) {
    const version = asked.get("x-amz-algorithm")?.startsWith("AWS4-ECDSA") === true ? "SigV4A" : "SigV4";
    return scopeOf(credential, version, asked.get("x-amz-region-set"), "query");
  }
  const old = asked.get("awsaccesskeyid");
  return old === undefined ? undefined : signedOldWay(old, "query");
}

function scopeOf(
  credential: string,
  version: "SigV4" | "SigV4A",
  regionSet: string | undefined,
  authentication: Signature["authentication"],
): Signature | undefined {
  const parts = credential.split("/");
  // SigV4A leaves the region out of the scope: it signs for a set of them.
  const [accessKeyId, , region, signingName] =
    version === "SigV4A" ? [parts[0], parts[1], regionSet?.split(",")[0] ?? "*", parts[2]] : parts;
  if (accessKeyId === undefined || region === undefined || signingName === undefined) return undefined;
  return { accessKeyId, region, signingName, authentication, version };
}

/** Signature version 2, which S3 still takes: no scope. */
const signedOldWay = (accessKeyId: string, authentication: Signature["authentication"]): Signature => ({
  accessKeyId,
  region: "us-east-1",
  signingName: "s3",
  authentication,
  version: "SigV2",
});
