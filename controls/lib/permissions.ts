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
}

export interface PolicyStatement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** Allows calls that only read and take no resources, as EC2's Describe calls; a session may make them in its region alone. */
export function allowReading(
  Sid: string,
  Action: string | string[],
  { region }: PermissionScope,
): PolicyStatement {
  const inRegion = { StringEquals: { "aws:RequestedRegion": region } };
  return { Sid, Effect: "Allow", Action, Resource: "*", ...(region === "*" ? {} : { Condition: inRegion }) };
}
