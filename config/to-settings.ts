/** Turns a configuration without faults into settings. */
import { globalServicesRegion, partitionOf } from "@bailiwick/aws-events/partitions";
import type { ChannelConfiguration, Configuration } from "./schema";
import type { Account, ChannelSettings, ControlSettings, Settings } from "./settings";

/** @param controls as chosen from the same configuration. */
export function toSettings(configuration: Configuration, controls: ControlSettings[]): Settings {
  const management: Account = { name: "management", id: configuration.management.id, kind: "management" };
  const security: Account = { name: "security", id: configuration.security.id, kind: "security" };
  const logArchive: Account = { name: "log-archive", id: configuration.logArchive.id, kind: "logArchive" };
  const members = configuration.members.map((member): Account => ({ ...member, kind: "member" }));
  const partition = partitionOf(configuration.homeRegion);
  return {
    organizationId: configuration.organizationId,
    partition,
    homeRegion: configuration.homeRegion,
    regions: [
      ...new Set([configuration.homeRegion, ...configuration.regions, globalServicesRegion(partition)]),
    ],
    management,
    security,
    logArchive,
    members,
    governed: [...(configuration.governCoreAccounts ? [management, security, logArchive] : []), ...members],
    accessRoleName: configuration.accessRoleName,
    credentialsAccountId: configuration.credentialsAccountId ?? management.id,
    protectEvidence: configuration.protectEvidence,
    deployerRoles: configuration.deployerRoles,
    guardrail: configuration.guardrail,
    trail: configuration.trail,
    archiveRetentionDays: configuration.archiveRetentionDays,
    functionLogRetentionDays: configuration.functionLogRetentionDays,
    remediation: {
      ledgerRetentionDays: configuration.ledgerRetentionDays,
      breaker: configuration.breaker,
      exemptions: configuration.exemptions,
      exemptionTaggers: configuration.exemptionTaggers,
    },
    privateNetwork: configuration.privateNetwork,
    controls,
    channels: Object.entries(configuration.channels).map(([name, channel]) => channelSettings(name, channel)),
    ...(configuration.catalogueUrl === undefined ? {} : { catalogueUrl: configuration.catalogueUrl }),
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
