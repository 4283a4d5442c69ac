/**
 * Generates packages/aws-events/known-names/names.txt: every service's operations from botocore's models, which come with the emulator, under
 * CloudTrail's names for them. Run it after a change of the emulator's version: `npx ts-node -T packages/local-aws/cloudtrail/known-names.ts`.
 */
import { readdir, writeFile } from "node:fs/promises";
import { NAMES_FILE, printNames } from "@bailiwick/aws-events/known-names";
import { installEmulator } from "../emulator/install";
import { serviceModels } from "../gateway/models";
import { eventNameOf, eventSourceOf } from "./names";

/** Calls of consoles: services, or parts of services, without a public API. */
const OF_CONSOLES: Record<string, string[]> = {
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudshell.html
  cloudshell: [
    ...["ApproveCommand", "CreateEnvironment", "CreateSession", "DeleteEnvironment", "DescribeEnvironments"],
    ...["GetEnvironmentStatus", "GetFileDownloadUrls", "GetFileUploadUrls", "PutCredentials"],
    ...["StartEnvironment", "StopEnvironment"],
  ],
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenterdirectory.html
  "sso-directory": [
    ...["AddMemberToGroup", "CompleteVirtualMfaDeviceRegistration", "CompleteWebAuthnDeviceRegistration"],
    ...["CreateAlias", "CreateBearerToken", "CreateExternalIdPConfigurationForDirectory", "CreateGroup"],
    ...["CreateProvisioningTenant", "CreateUser", "DeleteBearerToken", "DeleteExternalIdPCertificate"],
    ...["DeleteExternalIdPConfigurationForDirectory", "DeleteGroup", "DeleteMfaDeviceForUser"],
    ...["DeleteProvisioningTenant", "DeleteUser", "DescribeDirectory", "DescribeGroup", "DescribeGroups"],
    ...["DescribeProvisioningTenant", "DescribeUser", "DescribeUserByUniqueAttribute", "DescribeUsers"],
    ...["DisableExternalIdPConfigurationForDirectory", "DisableUser"],
    ...["EnableExternalIdPConfigurationForDirectory", "EnableUser", "GetAWSSPConfigurationForDirectory"],
    ...["GetUserPoolInfo", "ImportExternalIdPCertificate", "IsMemberInGroup", "ListBearerTokens"],
    ...["ListExternalIdPCertificates", "ListExternalIdPConfigurationsForDirectory", "ListGroupsForMember"],
    ...["ListGroupsForUser", "ListMembersInGroup", "ListMfaDevicesForUser", "ListProvisioningTenants"],
    ...["RemoveMemberFromGroup", "SearchGroups", "SearchUsers", "StartVirtualMfaDeviceRegistration"],
    ...["StartWebAuthnDeviceRegistration", "UpdateExternalIdPConfigurationForDirectory", "UpdateGroup"],
    ...["UpdateGroupDisplayName", "UpdateMfaDeviceForUser", "UpdatePassword", "UpdateUser"],
    ...["UpdateUserName", "VerifyEmail"],
  ],
  "agreement-marketplace": ["DescribeAgreement", "GetAgreementTerms", "SearchAgreements"],
  "discovery-marketplace": ["GetListingView"],
};

/**
 * Events that aren't operations of an API, or have other names.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html
 * https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 * https://docs.aws.amazon.com/efs/latest/ug/logging-using-cloudtrail.html
 * https://docs.aws.amazon.com/controltower/latest/userguide/lifecycle-events.html
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-with-cloudtrail.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
 */
const FURTHER: Record<string, string[]> = {
  ...OF_CONSOLES,
  signin: [
    ...["ConsoleLogin", "CheckMfa", "SwitchRole", "ExitRole", "RenewRole", "GetSigninToken"],
    ...["PasswordRecoveryRequested", "PasswordRecoveryCompleted", "PasswordUpdated", "EmailUpdated"],
    ...["CredentialChallenge", "CredentialVerification", "UserAuthentication"],
  ],
  sso: ["Authenticate", "Federate", "Logout"],
  organizations: [
    ...["CreateAccountResult", "CloseAccountResult", "AccountJoinedOrganization"],
    "AccountDepartedOrganization",
  ],
  kms: ["DeleteExpiredKeyMaterial", "DeleteKey", "RotateKey", "SynchronizeMultiRegionKey"],
  secretsmanager: [
    ...["RotationAbandoned", "RotationFailed", "RotationStarted", "RotationSucceeded"],
    ...["StartSecretVersionDelete", "CancelSecretVersionDelete", "EndSecretVersionDelete"],
  ],
  elasticfilesystem: ["NewClientConnection", "UpdateClientConnection"],
  ec2: ["BidEvictedEvent", "SharedSnapshotCopyInitiated", "SharedSnapshotVolumeCreated"],
  s3: [
    ...["DeleteAccountPublicAccessBlock", "GetAccountPublicAccessBlock", "PutAccountPublicAccessBlock"],
    "PreflightRequest",
  ],
  controltower: [
    ...["CreateManagedAccount", "UpdateManagedAccount", "SetupLandingZone", "UpdateLandingZone"],
    ...["RegisterOrganizationalUnit", "DeregisterOrganizationalUnit", "PrecheckOrganizationalUnit"],
    ...["EnableGuardrail", "DisableGuardrail"],
  ],
  sts: ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"],
};

/** By service, as in `<service>.amazonaws.com`. */
export async function namesFrom(modelsFolder: string): Promise<Map<string, Set<string>>> {
  const models = serviceModels(modelsFolder);
  const names = new Map<string, Set<string>>();
  const add = (service: string, event: string) => {
    names.set(service, (names.get(service) ?? new Set()).add(event));
  };
  const entries = await readdir(modelsFolder, { withFileTypes: true });
  for (const service of entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)) {
    const model = await models.service(service).catch(() => undefined);
    if (model === undefined) continue;
    const { signingName, endpointPrefix } = model.metadata;
    const source = eventSourceOf({ service, signingName: signingName ?? endpointPrefix });
    // In the model, the names of CloudFront's operations have a version, which CloudTrail gives or leaves out.
    for (const operation of Object.entries(model.operations).flatMap(([key, { name }]) => [key, name]))
      for (const errorCode of [undefined, "AccessDenied"])
        add(
          source.replace(".amazonaws.com", ""),
          eventNameOf({ service, operation, model: undefined, http: { method: "" }, errorCode } as never),
        );
  }
  for (const [service, events] of Object.entries(FURTHER)) for (const event of events) add(service, event);
  return names;
}

const HEAD = `# CloudTrail's event names by service. Generated from AWS's service models by packages/local-aws/cloudtrail/known-names.ts.\n`;

if (require.main === module)
  void installEmulator(() => undefined)
    .then(({ modelsFolder }) => namesFrom(modelsFolder))
    .then((names) => writeFile(NAMES_FILE, `${HEAD}${printNames(names)}\n`));
