/** The roles that deploy: what protects the deployment excepts them, and them alone. */
import type { Settings } from "../../config";
import { arn } from "../../contract/names";

export type Deployers = Pick<Settings, "partition" | "accessRoleName" | "deployerRoles">;

/** @param account 12 digits, or `*` for every account. @returns ARNs, which `ArnLike` and `ArnNotLike` take */
export const deployerArns = (
  { partition, accessRoleName, deployerRoles }: Deployers,
  account: string,
): string[] => [
  arn(partition, "iam", "", account, `role/${accessRoleName}`),
  ...deployerRoles.filter((role) => account === "*" || role.split(":")[4] === account),
];
