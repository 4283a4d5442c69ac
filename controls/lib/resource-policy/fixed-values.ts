/**
 * Which values tie a grant to someone in particular. S3 calls a bucket policy non-public only if every grant depends on a fixed
 * value, one without wildcard and policy variable, of a principal or of one of the condition keys below.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
import { addressRange, isBroad, NARROW_PREFIX } from "../networks";

/** `s3`: as S3 judges bucket policies. `any`: with the keys of other services as well. */
export type PolicyScope = "s3" | "any";

/** Says why a value is not fixed; undefined when it is. */
type Check = (value: string) => string | undefined;

const WILDCARD = /[*?]/;
/** Variables count in every Version: where IAM takes `${` literally, the value can't match anything real. */
const VARIABLE = "${";
const ACCOUNT = /^\d{12}$/;

const plain: Check = (value) => {
  if (value === "") return "is empty";
  if (value.includes(VARIABLE)) return "holds a policy variable";
  return WILDCARD.test(value) ? "holds a wildcard" : undefined;
};

const account: Check = (value) => plain(value) ?? (ACCOUNT.test(value) ? undefined : "is no account id");

/** The organization is the anchor; organizational units below it may be open. */
const organizationPath: Check = (value) => {
  if (value.includes(VARIABLE)) return "holds a policy variable";
  const organization = value.split("/", 1)[0] ?? "";
  return plain(organization) ? "leaves the organization open" : undefined;
};

/**
 * An ARN is tied to an account when its fifth part is that account's id, whatever wildcards stand in its other parts: S3 says so for
 * s3:DataAccessPointArn, and the account is what makes any ARN somebody's. An ARN without account, such as a bucket's, must be fixed
 * as a whole, and so must CloudFront's pseudo-account, which all customers share.
 */
const arn: Check = (value) => {
  if (value.includes(VARIABLE)) return "holds a policy variable";
  const owner = value.split(":")[4] ?? "";
  if (value.startsWith("arn:") && ACCOUNT.test(owner)) return undefined;
  if (value.startsWith("arn:") && WILDCARD.test(owner)) return "leaves the account open";
  return plain(value);
};

/** A role's id with any session name (`AROA…:*`) is one role, and `<account>:*` one account; these two wildcards are accepted. */
const userId: Check = (value) => (/^(?:AROA[A-Z0-9]+|\d{12}):[^$]*$/.test(value) ? undefined : plain(value));

const sourceAddress: Check = (value) => {
  const range = addressRange(value);
  if (!range) return plain(value) ?? "is no address range";
  return isBroad(range) ? `is broader than /${NARROW_PREFIX[range.family]}` : undefined;
};

const isTrue: Check = (value) => (value.toLowerCase() === "true" ? undefined : "is not true");

const S3_KEYS: Record<string, Check> = {
  "aws:sourceip": sourceAddress,
  "aws:sourcearn": arn,
  "aws:sourcevpc": plain,
  "aws:sourcevpce": plain,
  "aws:sourceowner": account,
  "aws:sourceaccount": account,
  "aws:userid": userId,
  "s3:x-amz-server-side-encryption-aws-kms-key-id": arn,
  "s3:dataaccesspointarn": arn,
  "s3:dataaccesspointaccount": account,
  // S3 lists these as "an AWS principal, user, role, or service principal".
  "aws:principalarn": arn,
  "aws:principalaccount": account,
  "aws:principalorgid": plain,
  "aws:principalorgpaths": organizationPath,
  "aws:principalservicename": plain,
  // Younger siblings of aws:SourceAccount and aws:SourceVpce.
  "aws:sourceorgid": plain,
  "aws:sourceorgpaths": organizationPath,
  "aws:sourcevpcarn": arn,
  "aws:vpceaccount": account,
  "aws:vpceorgid": plain,
  "aws:vpceorgpaths": organizationPath,
};

const OTHER_KEYS: Record<string, Check> = {
  "kms:calleraccount": account,
  "elasticfilesystem:accesspointarn": arn,
  "elasticfilesystem:accessedviamounttarget": isTrue,
  // A web identity provider's users are the public, those of one application are not.
  "accounts.google.com:aud": plain,
  "graph.facebook.com:app_id": plain,
  "www.amazon.com:app_id": plain,
  "cognito-identity.amazonaws.com:aud": plain,
  "cognito-identity.amazonaws.com:sub": plain,
};

/** The check for values of a condition key given in lower case; undefined when the key ties a grant to nobody. */
export function valueCheck(key: string, scope: PolicyScope): Check | undefined {
  if (Object.hasOwn(S3_KEYS, key)) return S3_KEYS[key];
  return scope === "any" && Object.hasOwn(OTHER_KEYS, key) ? OTHER_KEYS[key] : undefined;
}

/** Says whom a principal lets in when that is no one in particular; undefined when it is someone fixed. */
export function openPrincipal(kind: string, value: string): string | undefined {
  switch (kind) {
    case "AWS":
      if (value === "*") return "everyone";
      return arn(value) === undefined ? undefined : `whoever matches \`${value}\``;
    case "Service":
    case "CanonicalUser":
      return plain(value) === undefined ? undefined : `whoever matches \`${value}\``;
    case "Federated":
      // A provider's ARN belongs to an account. A bare name is a public provider: everyone may have an account there.
      if (value.startsWith("arn:") && arn(value) === undefined) return undefined;
      return value === "*" ? "everyone" : `everyone with an account at \`${value}\``;
    default:
      return `principals of the unknown kind \`${kind}\``;
  }
}
