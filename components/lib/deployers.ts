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

/**
 * ARNs of all that put rules' targets in accounts. The program runs with the credentials of one account, and unless the configuration
 * names the role that has them, they may be anybody's in that account.
 */
export function ruleMakerArns(settings: Deployers & Pick<Settings, "credentialsAccountId">): string[] {
  const { partition, deployerRoles, credentialsAccountId: account } = settings;
  const isNamed = deployerRoles.some((role) => role.split(":")[4] === account);
  return [...deployerArns(settings, "*"), ...(isNamed ? [] : [arn(partition, "iam", "", account, "*")])];
}
