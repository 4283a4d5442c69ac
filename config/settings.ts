/** Settings: the configuration with every default filled in and every choice made, in the form that components take. */
import type { CatalogueEntry, Mode, Severity } from "../controls/lib/control";
import type { Watch } from "../controls/lib/watch";
import type { Configuration, TrailSettings } from "./schema";

export type AccountKind = "management" | "security" | "logArchive" | "member";

export interface Account {
  /** Short and unique in the organization; for messages and outputs. */
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
  /** Only for a control that is made from an event's name. */
  watch?: Watch;
}

/** Where messages go. */
export interface ChannelSettings {
  name: string;
  to: { kind: "slack"; webhookUrl: string } | { kind: "email"; addresses: string[] };
  minimumSeverity: Severity;
  /** Ids; default: all controls. */
  controls?: string[];
  /** Ids; default: all accounts. */
  accounts?: string[];
  /** How long outcomes are collected for one message. */
  groupSeconds: number;
}

/** What applies to the functions of all controls. */
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
  /** Where hub and trail are. */
  homeRegion: string;
  /** All governed regions: the configured ones, the home region and the one in which global services report. */
  regions: string[];
  management: Account;
  security: Account;
  logArchive: Account;
  members: Account[];
  /** All accounts whose events are forwarded to the hub. */
  governed: Account[];
  /** The role assumed in each account but `credentialsAccountId`. */
  accessRoleName: string;
  /** The account whose credentials run the program. */
  credentialsAccountId: string;
  protectEvidence: boolean;
  /** Full ARNs of roles that deploy, beside `accessRoleName` in each account. */
  deployerRoles: string[];
  guardrail: Configuration["guardrail"];
  trail: TrailSettings;
  archiveRetentionDays: number;
  functionLogRetentionDays: number;
  remediation: RemediationSettings;
  /** Whether the functions run in a network from which only AWS's endpoints can be reached. */
  privateNetwork: boolean;
  /** The catalogue's controls that are on, and the watches. */
  controls: ControlSettings[];
  channels: ChannelSettings[];
  /** Where docs/catalogue.md can be read. */
  catalogueUrl?: string;
}
