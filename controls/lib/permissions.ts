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
