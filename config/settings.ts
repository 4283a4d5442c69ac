/** Settings: the configuration with every default filled in and every choice made, as the components take it. */
import type { CatalogueEntry, Mode, Severity } from "../controls/lib/control";
import type { Watch } from "../controls/lib/watch";
import type { Configuration, TrailSettings } from "./schema";

export type AccountKind = "management" | "security" | "logArchive" | "member";

export interface Account {
  /** Short and unique in the organization; names of Pulumi resources are made of it. */
  name: string;
  /** 12 digits. */
  id: string;
  kind: AccountKind;
}

export interface ControlSettings {
  control: CatalogueEntry;
  mode: Exclude<Mode, "off">;
  /** Accounts (by id) whose mode differs from `mode`. */
  accountModes: Record<string, Mode>;
  parameters: unknown;
  /** For a control that is made of an event's name. */
  watch?: Watch;
}

/** Where messages go. */
export interface ChannelSettings {
  name: string;
  /** Further kinds come beside these. */
  to: { kind: "slack"; webhookUrl: string } | { kind: "email"; addresses: string[] };
  minimumSeverity: Severity;
  /** Ids; undefined: of all. */
  controls?: string[];
  accounts?: string[];
  /** So long outcomes are collected. */
  groupSeconds: number;
}

/** What the functions of all controls are told. */
export interface RemediationSettings {
  ledgerRetentionDays: number;
  breaker: Configuration["breaker"];
  exemptions: Configuration["exemptions"];
  /** Principals whose exempting tags count. */
  exemptionTaggers: string[];
}

export interface Settings {
  organizationId: string;
  /** `aws`, `aws-us-gov` or `aws-cn`, by the home region. */
  partition: string;
  /** Where hub and trail live. */
  homeRegion: string;
  /** All that are governed: the configured ones, the home region and the one in which global services report. */
  regions: string[];
  management: Account;
  security: Account;
  logArchive: Account;
  members: Account[];
  /** All accounts whose events are forwarded. */
  governed: Account[];
  /** Role assumed in each account but `credentialsAccountId`. */
  accessRoleName: string;
  /** The account whose credentials run the program. */
  credentialsAccountId: string;
  protectEvidence: boolean;
  trail: TrailSettings;
  archiveRetentionDays: number;
  functionLogRetentionDays: number;
  remediation: RemediationSettings;
  /** The functions run in a network without a way out but AWS's endpoints. */
  privateNetwork: boolean;
  /** The catalogue's controls that are not off, and the watches. */
  controls: ControlSettings[];
  channels: ChannelSettings[];
  /** Where docs/catalogue.md can be read. */
  catalogueUrl?: string;
}
