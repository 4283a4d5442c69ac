/** A configuration without faults becomes settings. */
import { globalServicesRegion, partitionOf } from "@bailiwick/aws-events/partitions";
import type { ChannelConfiguration, Configuration } from "./schema";
import type { Account, ChannelSettings, ControlSettings, Settings } from "./settings";

export function settle(known: Configuration, controls: ControlSettings[]): Settings {
  const management: Account = { name: "management", id: known.management.id, kind: "management" };
  const security: Account = { name: "security", id: known.security.id, kind: "security" };
  const logArchive: Account = { name: "log-archive", id: known.logArchive.id, kind: "logArchive" };
  const members = known.members.map((member): Account => ({ ...member, kind: "member" }));
  const partition = partitionOf(known.homeRegion);
  return {
    organizationId: known.organizationId,
    partition,
    homeRegion: known.homeRegion,
    regions: [...new Set([known.homeRegion, ...known.regions, globalServicesRegion(partition)])],
    management,
    security,
    logArchive,
    members,
    governed: [...(known.governCoreAccounts ? [management, security, logArchive] : []), ...members],
    accessRoleName: known.accessRoleName,
    credentialsAccountId: known.credentialsAccountId ?? management.id,
    protectEvidence: known.protectEvidence,
    trail: known.trail,
    archiveRetentionDays: known.archiveRetentionDays,
    functionLogRetentionDays: known.functionLogRetentionDays,
    remediation: {
      ledgerRetentionDays: known.ledgerRetentionDays,
      breaker: known.breaker,
      exemptions: known.exemptions,
      exemptionTaggers: known.exemptionTaggers,
    },
    privateNetwork: known.privateNetwork,
    controls,
    channels: Object.entries(known.channels).map(([name, channel]) => channelSettings(name, channel)),
    ...(known.catalogueUrl === undefined ? {} : { catalogueUrl: known.catalogueUrl }),
  };
}

function channelSettings(name: string, channel: ChannelConfiguration): ChannelSettings {
  const { slack, email, minimumSeverity, groupSeconds } = channel;
  const to = slack
    ? ({ kind: "slack", ...slack } as const)
    : ({ kind: "email", addresses: email?.addresses ?? [] } as const);
  return {
    name,
    to,
    minimumSeverity,
    groupSeconds,
    ...(channel.controls && { controls: channel.controls }),
    ...(channel.accounts && { accounts: channel.accounts }),
  };
}
