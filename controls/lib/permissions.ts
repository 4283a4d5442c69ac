/** IAM statements that controls ask for, and what they are narrowed to. */

/** Where a permission holds: `*` for region and id gives the role's policy, concrete values the session's. */
export interface PermissionScope {
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  partition: string;
  account: string;
  region: string;
  id: string;
  /** ARNs of what else the fix changes, as `evaluate` found it: only the session of that fix has some. */
  beside?: readonly string[];
  /** False for the role in an account that doesn't manage the organization. Absent, as for a session: it isn't known, and the role limits it. */
  isManagementAccount?: boolean;
}

export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: Condition;
}

type Condition = Record<string, Record<string, string | string[]>>;

/** What some task of a control needs, where the scope says. */
export type Permissions = (scope: PermissionScope) => PolicyStatement[];

/** A customer-managed policy, which IAM attaches to principals. */
export interface ManagedPolicy {
  /** Without path. */
  name: string;
  description: string;
  document: { Version: "2012-10-17"; Statement: readonly object[] };
}

/**
 * The condition that every value of a key with several is one of these, and that there is one: `ForAllValues` alone also holds when
 * the request has no such key. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export const allValues = (key: string, values: readonly string[], operator = "StringEquals"): Condition => ({
  [`ForAllValues:${operator}`]: { [key]: [...values] },
  Null: { [key]: "false" },
});

/** Allows calls that only read and take no resources, as EC2's Describe calls; a session may make them in its region alone. */
export function allowReading(
  Sid: string,
  Action: string | string[],
  { region }: PermissionScope,
): PolicyStatement {
  const inRegion = { StringEquals: { "aws:RequestedRegion": region } };
  return { Sid, Effect: "Allow", Action, Resource: "*", ...(region === "*" ? {} : { Condition: inRegion }) };
}
