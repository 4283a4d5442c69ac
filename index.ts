/**
 * Bailiwick: the program, from configuration to components. `pulumi up` runs it per stack.
 */
import * as aws from "@pulumi/aws";
import { ControlPipeline, taggingPattern } from "./components/ControlPipeline";
import { EventForwarding } from "./components/EventForwarding";
import { HubBus } from "./components/HubBus";
import { Ledger } from "./components/Ledger";
import { arn } from "./contract/names";
import { NotificationChannels } from "./components/NotificationChannels";
import { OrganizationTrail } from "./components/OrganizationTrail";
import { PrivateNetwork } from "./components/PrivateNetwork";
import { RemediationRole } from "./components/RemediationRole";
import { loadSettings, type Account } from "./config";
import { packPatterns } from "@bailiwick/aws-events";

const settings = loadSettings();
const { partition, organizationId, homeRegion, security, protectEvidence } = settings;

// What belongs to an account is called by its id: under another name it would be made a second time before the first is deleted.
// One provider an account is enough: every resource names its region.
const accounts = [settings.management, security, settings.logArchive, ...settings.members];
const providers = new Map(accounts.map((account) => [account.id, accountProvider(account)]));

const trail = new OrganizationTrail("organization-trail", {
  partition,
  organizationId,
  managementAccountId: settings.management.id,
  logArchiveAccountId: settings.logArchive.id,
  region: homeRegion,
  settings: settings.trail,
  protectEvidence,
  providers: { management: providerOf(settings.management), logArchive: providerOf(settings.logArchive) },
});

const hub = new HubBus("hub", {
  partition,
  organizationId,
  securityAccountId: security.id,
  region: homeRegion,
  archiveRetentionDays: settings.archiveRetentionDays,
  protectEvidence,
  provider: providerOf(security),
});

const ledger = new Ledger("ledger", {
  partition,
  securityAccountId: security.id,
  region: homeRegion,
  protectEvidence,
  provider: providerOf(security),
});

const network = settings.privateNetwork
  ? new PrivateNetwork("network", {
      partition,
      organizationId,
      region: homeRegion,
      regions: settings.regions,
      controls: settings.controls.map(({ control }) => control),
      hubBusArn: hub.busArn,
      ledgerTableArn: ledger.tableArn,
      // A remote component has no region of its own but its provider's.
      providerIn: (region) =>
        region === homeRegion ? providerOf(security) : accountProvider(security, region),
    })
  : undefined;

const pipelines = settings.controls.map(
  (control) =>
    new ControlPipeline(
      control.control.id,
      {
        partition,
        organizationId,
        securityAccountId: security.id,
        region: homeRegion,
        hubBusArn: hub.busArn,
        ledgerTableArn: ledger.tableArn,
        settings: control,
        remediation: settings.remediation,
        ...(network ? { network } : {}),
        logRetentionDays: settings.functionLogRetentionDays,
        provider: providerOf(security),
      },
      { dependsOn: [hub.bus, ledger.table] },
    ),
);

const reading = settings.controls.filter(({ control }) => control.readOnlyEvents);
const { patterns } = packPatterns(
  settings.controls.flatMap(({ control }) =>
    [
      control.readOnlyEvents ? undefined : control.pattern,
      taggingPattern(control, settings.remediation),
    ].filter((pattern) => pattern !== undefined),
  ),
);
const readPatterns = packPatterns(reading.map(({ control }) => control.pattern)).patterns;
for (const account of settings.governed) {
  new EventForwarding(
    `${account.id}-forwarding`,
    {
      partition,
      accountId: account.id,
      regions: settings.regions,
      patterns,
      readPatterns,
      hubBusArn: hub.busArn,
      provider: providerOf(account),
    },
    // PutTargets asks the hub's policy first.
    { dependsOn: [hub.policy] },
  );
  settings.controls.forEach(({ control, mode, accountModes }, index) => {
    const pipeline = pipelines[index];
    // A control that only tells has no role.
    if (pipeline === undefined || control.describe || (accountModes[account.id] ?? mode) === "off") return;
    new RemediationRole(
      `${account.id}-${control.id}`,
      {
        partition,
        accountId: account.id,
        control,
        functionRoleArn: pipeline.roleArn,
        provider: providerOf(account),
      },
      { dependsOn: [pipeline.role] },
    );
  });
}

// Without channels nobody is told, and nothing is there for it.
if (settings.channels.length > 0)
  new NotificationChannels(
    "notifications",
    {
      partition,
      securityAccountId: security.id,
      region: homeRegion,
      hubBusArn: hub.busArn,
      channels: settings.channels,
      controls: settings.controls.map(({ control }) => control),
      accountNames: Object.fromEntries(accounts.map(({ id, name }) => [id, name])),
      catalogueUrl: settings.catalogueUrl,
      logRetentionDays: settings.functionLogRetentionDays,
      provider: providerOf(security),
    },
    { dependsOn: [hub.bus] },
  );

export const trailArn = trail.trail.arn;
export const logBucket = trail.bucket.bucket;
export const hubBusArn = hub.bus.arn;
export const governedRegions = settings.regions;
export const governedAccounts = settings.governed.map(({ name, id }) => ({ name, id }));
export const controls = settings.controls.map(({ control, mode }) => ({ id: control.id, mode }));

function accountProvider({ id }: Account, region = homeRegion): aws.Provider {
  const roleArn = arn(partition, "iam", "", id, `role/${settings.accessRoleName}`);
  return new aws.Provider(`${id}-account${region === homeRegion ? "" : `-${region}`}`, {
    region: region as aws.Region,
    allowedAccountIds: [id],
    assumeRoles: id === settings.credentialsAccountId ? undefined : [{ roleArn, sessionName: "bailiwick" }],
  });
}

function providerOf({ id }: Account): aws.Provider {
  const provider = providers.get(id);
  if (provider === undefined) throw new Error(`Account ${id} has no provider.`);
  return provider;
}
