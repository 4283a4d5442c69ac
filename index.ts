/**
 * Bailiwick: the program, from configuration to components. `pulumi up` runs it per stack.
 */
import { ControlPipeline } from "./components/ControlPipeline";
import { HubBus } from "./components/HubBus";
import { Ledger } from "./components/Ledger";
import { Guardrail } from "./components/Guardrail";
import { undoFunctionArn } from "./components/lib/hub";
import { AccountProviders } from "./components/lib/account-providers";
import { deployedPath } from "./components/deployed-path";
import { deployerArns, ruleMakerArns } from "./components/lib/deployers";
import { memberSides } from "./components/member-side";
import { MemberSide } from "./components/MemberSide";
import { Monitoring } from "./components/Monitoring";
import { watchedOf } from "./components/lib/watched";
import { NotificationChannels } from "./components/NotificationChannels";
import { OrganizationTrail } from "./components/OrganizationTrail";
import { PrivateNetwork } from "./components/PrivateNetwork";
import { UndoFunction } from "./components/UndoFunction";
import { loadSettings } from "./config";

const settings = loadSettings();
const { partition, organizationId, management, security, logArchive, members, protectEvidence } = settings;
const catalogue = settings.controls.map(({ control }) => control);
const providers = new AccountProviders(settings);
const inSecurityAccount = {
  partition,
  securityAccountId: security.id,
  region: settings.homeRegion,
  provider: providers.of(security.id),
};

const trail = new OrganizationTrail("organization-trail", {
  partition,
  organizationId,
  managementAccountId: management.id,
  logArchiveAccountId: logArchive.id,
  region: settings.homeRegion,
  settings: settings.trail,
  undoFunctionArn: undoFunctionArn(inSecurityAccount),
  deployers: deployerArns(settings, logArchive.id),
  protectEvidence,
  providers: { management: providers.of(management.id), logArchive: providers.of(logArchive.id) },
});

const hub = new HubBus("hub", {
  ...inSecurityAccount,
  organizationId,
  deployers: ruleMakerArns(settings),
  archiveRetentionDays: settings.archiveRetentionDays,
  logRetentionDays: settings.functionLogRetentionDays,
  protectEvidence,
});

const ledger = new Ledger("ledger", { ...inSecurityAccount, protectEvidence });

const network = settings.privateNetwork
  ? new PrivateNetwork("network", {
      partition,
      organizationId,
      region: settings.homeRegion,
      regions: settings.regions,
      controls: catalogue,
      hubBusArn: hub.busArn,
      ledgerTableArn: ledger.tableArn,
      providerIn: (region) => providers.inRegion(security.id, region),
    })
  : undefined;

const deployed = deployedPath(settings);
const functions = {
  ...inSecurityAccount,
  organizationId,
  hubBusArn: hub.busArn,
  ledgerTableArn: ledger.tableArn,
  remediation: settings.remediation,
  organizationAccounts: [management, security, logArchive, ...members].map(({ id }) => id),
  organizationTrail: trail.required,
  governedAccounts: settings.governed.map(({ id }) => id),
  protectEvidence,
  ...(network && { network }),
  logRetentionDays: settings.functionLogRetentionDays,
};
for (const control of settings.controls)
  new ControlPipeline(
    control.control.id,
    { ...functions, settings: control, ...(control.control.comparesDeployment && { deployed }) },
    { dependsOn: [hub.bus, ledger.table] },
  );
new UndoFunction(
  "undo",
  { ...functions, controls: settings.controls },
  { dependsOn: [hub.bus, ledger.table] },
);

const sides = memberSides(settings).map(
  (side) =>
    new MemberSide(side.accountId, {
      side,
      hubPolicy: hub.policy,
      provider: providers.of(side.accountId),
    }),
);

// Last, so that no deployment is under a policy before all that it excepts exists.
if (settings.guardrail.attachTo.length > 0)
  new Guardrail(
    "guardrail",
    { settings, provider: providers.of(management.id) },
    { dependsOn: [hub, ledger, trail, ...sides] },
  );

// Without channels nobody is notified, and nothing is deployed for it.
if (settings.channels.length > 0)
  new NotificationChannels(
    "notifications",
    {
      ...inSecurityAccount,
      hubBusArn: hub.busArn,
      channels: settings.channels,
      controls: catalogue,
      accountNames: Object.fromEntries(
        [management, security, logArchive, ...members].map(({ id, name }) => [id, name]),
      ),
      catalogueUrl: settings.catalogueUrl,
      protectEvidence,
      logRetentionDays: settings.functionLogRetentionDays,
    },
    { dependsOn: [hub.bus] },
  );

new Monitoring("monitoring", { ...inSecurityAccount, watched: watchedOf(settings) });

export const trailArn = trail.trail.arn;
export const logBucket = trail.bucket.bucket;
export const hubBusArn = hub.bus.arn;
export const governedRegions = settings.regions;
export const governedAccounts = settings.governed.map(({ name, id }) => ({ name, id }));
export const controls = settings.controls.map(({ control, mode }) => ({ id: control.id, mode }));
