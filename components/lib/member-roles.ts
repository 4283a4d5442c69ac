/** The roles with which functions work in a governed account, as plain data: one for each control, and one for undos. */
import { controlName, functionRoleName, UNDO_FUNCTION_ROLE_NAME, UNDO_NAME } from "../../contract/names";
import { isReportOnly, type CatalogueEntry, type Mode } from "../../controls/lib/control";
import type { PolicyStatement } from "../../controls/lib/permissions";
import { securityRoleArn, type HubLocation } from "./hub";
import { policyDocument, trustRole, type PolicyDocument, type TrustStatement } from "./policy-documents";

/** An IAM role with one inline policy. */
export interface RoleDescription {
  name: string;
  description: string;
  trustPolicy: PolicyDocument<TrustStatement>;
  policy: { name: string; document: PolicyDocument };
}

export interface RemediationRoleDescription extends RoleDescription {
  controlId: string;
  mode: ModeOn;
}

type ModeOn = Exclude<Mode, "off">;

/** A governed account, as its roles depend on it. */
interface MemberAccount {
  accountId: string;
  /** Whether it manages the organization. */
  isManagementAccount: boolean;
}

type Hub = Pick<HubLocation, "partition" | "securityAccountId">;

const scopeOf = ({ partition }: Hub, { accountId: account, isManagementAccount }: MemberAccount) => ({
  partition,
  account,
  region: "*",
  id: "*",
  isManagementAccount,
});

/**
 * What one control may do in one account: in mode `notify` it only reads. Its function alone assumes the role, and narrows each session
 * to one resource, to reading or fixing it.
 */
export function remediationRole(
  hub: Hub,
  account: MemberAccount,
  { control, mode }: { control: CatalogueEntry; mode: ModeOn },
): RemediationRoleDescription {
  const scope = scopeOf(hub, account);
  const fixes = mode === "enforce" && !isReportOnly(control);
  return {
    controlId: control.id,
    mode,
    name: controlName(control.id),
    description: `Lets Bailiwick ${fixes ? "check and remediate" : "check"}: ${control.title}`,
    trustPolicy: trustRole(hub, securityRoleArn(hub, functionRoleName(control.id))),
    policy: {
      name: "remediate",
      document: policyDocument([
        ...(control.readPermissions?.(scope) ?? []),
        ...((fixes && control.fixPermissions?.(scope)) || []),
      ]),
    },
  };
}

/**
 * What undos may do in one account: for each control that remediates there, what its undo calls. The function of undos alone assumes the
 * role, which people alone invoke. @returns undefined when nothing is remediated there that could be undone
 */
export function undoRole(
  hub: Hub,
  account: MemberAccount,
  controls: readonly { control: CatalogueEntry; mode: Mode }[],
): RoleDescription | undefined {
  const scope = scopeOf(hub, account);
  const statements = controls.flatMap(({ control, mode }) =>
    mode === "enforce" && control.undoPermissions
      ? [...(control.readPermissions?.(scope) ?? []), ...control.undoPermissions(scope)].map((statement) =>
          ofControl(control.id, statement),
        )
      : [],
  );
  if (statements.length === 0) return undefined;
  return {
    name: UNDO_NAME,
    description: "Lets people undo what Bailiwick remediated, by the function of undos",
    trustPolicy: trustRole(hub, securityRoleArn(hub, UNDO_FUNCTION_ROLE_NAME)),
    policy: { name: "undo", document: policyDocument(statements) },
  };
}

/** The statement with an id that is unique among those of several controls. */
const ofControl = (id: string, { Sid, ...statement }: PolicyStatement): PolicyStatement => ({
  Sid: `${id.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase())}${Sid ?? ""}`,
  ...statement,
});
