/**
 * The stack configuration, read: one error that lists every fault, or settings with every default and contradiction settled.
 */
import * as pulumi from "@pulumi/pulumi";
import * as v from "valibot";
import {
  configurationSchema,
  type ChannelConfiguration,
  type Configuration,
  type TrailSettings,
} from "./configuration-schema";
import { controls } from "./controls";
import type { CatalogueEntry, Mode, Severity } from "./controls/control";
import { watchControl, type Watch } from "./controls/watch";
import { patternText } from "./events";
import { isWithheld, lookUpName } from "./events/known-names";
import { routePattern } from "./functions/notifier/route";

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

/** One thing wrong with the configuration. */
export interface Fault {
  /** For example `bailiwick:members[0].id`. */
  path: string;
  found: string;
  expected: string;
  example?: string;
}

/** Everything that is wrong with a stack's configuration, at once. A RunError: Pulumi shows its message without a stack trace. */
export class ConfigurationError extends pulumi.RunError {
  override name = "ConfigurationError";
  constructor(readonly faults: Fault[]) {
    const lines = faults.map(
      (fault) =>
        `  ${fault.path}: found ${fault.found}, expected ${fault.expected}` +
        (fault.example === undefined ? "" : `, for example ${fault.example}`),
    );
    const count = faults.length === 1 ? "one fault" : `${faults.length} faults`;
    super(`The stack's configuration has ${count} (edit Pulumi.<stack>.yaml):\n${lines.join("\n")}`);
  }
}

const NAMESPACE = "bailiwick";
/** It would change the organization's own trail if that recorded less. */
const TRAIL_CONTROL = "cloudtrail-trail-logging";

/** @returns the running stack's settings. @throws ConfigurationError */
export function loadSettings(): Settings {
  return readSettings(pulumi.runtime.allConfig());
}

/**
 * @param raw all configuration values by full key, as Pulumi hands them over: strings, structured ones as JSON.
 * @throws ConfigurationError
 */
export function readSettings(raw: Record<string, string>): Settings {
  const given: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (key.startsWith(`${NAMESPACE}:`)) given[key.slice(NAMESPACE.length + 1)] = structured(text);
  }
  const result = v.safeParse(configurationSchema, given);
  const faults = result.success ? [] : result.issues.map((issue) => fault(issue));
  const known = result.success ? result.output : undefined;
  if (known !== undefined) faults.push(...contradictions(known));
  const chosen = chooseControls(
    known?.controls ?? {},
    known?.defaultMode ?? "notify",
    known?.members ?? [],
    faults,
  );
  if (
    known?.trail.managementEvents === "WriteOnly" &&
    chosen.some(({ control }) => control.id === TRAIL_CONTROL)
  )
    faults.push({
      path: `${NAMESPACE}:trail.managementEvents`,
      found: '"WriteOnly"',
      expected: `All, because the control ${TRAIL_CONTROL}, which is on, wants trails to record reads too`,
    });
  if (known === undefined || faults.length > 0) throw new ConfigurationError(faults);
  return settle(known, chosen);
}

function structured(text: string): unknown {
  if (!/^\s*[[{"]|^(true|false|-?\d{1,11}(\.\d+)?)$/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function fault(issue: v.BaseIssue<unknown>): Fault {
  const steps = (issue.path ?? []) as v.IssuePathItem[];
  const path = steps
    .map(({ key }, index) =>
      typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`,
    )
    .join("");
  const at = `${NAMESPACE}:${path}`;
  if (issue.type === "strict_object" && issue.expected === "never") {
    return { path: at, found: "an unknown key", expected: `one of ${keysBeside(steps).join(", ")}` };
  }
  const schema = schemaAt(steps);
  const given = schema !== undefined && holdsSecret(schema) ? "a value that isn't shown" : undefined;
  const found = issue.input === undefined ? "nothing" : (given ?? JSON.stringify(issue.input));
  // A key that isn't there has Valibot's own message: what its schema says is better.
  const ours = schema === undefined ? undefined : unwrap(schema).message;
  const expected = issue.input === undefined && typeof ours === "string" ? ours : issue.message;
  return { path: at, found, expected, example: schema === undefined ? undefined : exampleOf(schema) };
}

type AnySchema = v.GenericSchema & {
  entries?: Record<string, AnySchema>;
  item?: AnySchema;
  value?: AnySchema;
  wrapped?: AnySchema;
  message?: unknown;
};

/** The schema of what stands at the path, undefined outside of the schema. */
function schemaAt(steps: v.IssuePathItem[]): AnySchema | undefined {
  let schema: AnySchema | undefined = configurationSchema;
  for (const { key } of steps) {
    const bare = unwrap(schema);
    schema = bare.entries?.[String(key)] ?? bare.item ?? bare.value;
    if (schema === undefined) return undefined;
  }
  return schema;
}

function keysBeside(steps: v.IssuePathItem[]): string[] {
  const parent = schemaAt(steps.slice(0, -1));
  return Object.keys((parent && unwrap(parent).entries) ?? {});
}

const unwrap = (schema: AnySchema): AnySchema =>
  schema.wrapped === undefined ? schema : unwrap(schema.wrapped);

/** Whether some part of it is a secret, which no message may repeat. */
function holdsSecret(schema: AnySchema): boolean {
  if (v.getMetadata(schema)["secret"] === true) return true;
  const { entries = {}, item, value, wrapped } = schema;
  return [...Object.values(entries), item, value, wrapped].some((part) => part && holdsSecret(part));
}

/** The schema's own example, or the one of what it wraps. */
export function exampleOf(schema: v.GenericSchema): string | undefined {
  const metadata = v.getMetadata(schema);
  if (typeof metadata["example"] === "string") return metadata["example"];
  const { wrapped } = schema as AnySchema;
  return wrapped === undefined ? undefined : exampleOf(wrapped);
}

/** What single values can't show. */
function contradictions(known: Configuration): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  const ids: [string, string][] = [
    ["management.id", known.management.id],
    ["security.id", known.security.id],
    ["logArchive.id", known.logArchive.id],
    ...known.members.map((member, index): [string, string] => [`members[${index}].id`, member.id]),
  ];
  for (const [path, id] of ids) {
    const before = seen.get(id);
    if (before !== undefined)
      faults.push({
        path: `${NAMESPACE}:${path}`,
        found: `"${id}"`,
        expected: `an account that isn't ${before} already`,
      });
    else seen.set(id, path);
  }
  const names = new Set<string>(["management", "security", "log-archive"]);
  known.members.forEach((member, index) => {
    if (names.has(member.name))
      faults.push({
        path: `${NAMESPACE}:members[${index}].name`,
        found: `"${member.name}"`,
        expected: "a name that no other account has",
      });
    names.add(member.name);
  });
  if (known.trail.coldStorageAfterDays >= known.trail.retentionDays)
    faults.push({
      path: `${NAMESPACE}:trail.coldStorageAfterDays`,
      found: String(known.trail.coldStorageAfterDays),
      expected: `less than trail.retentionDays, which is ${known.trail.retentionDays}`,
    });
  known.exemptions.forEach((exemption, index) => {
    if (controls.some(({ id }) => id === exemption.control)) return;
    faults.push({
      path: `${NAMESPACE}:exemptions[${index}].control`,
      found: JSON.stringify(exemption.control),
      expected: `one of ${controls.map(({ id }) => id).join(", ")}`,
    });
  });
  const partition = partitionOf(known.homeRegion);
  known.regions.forEach((each, index) => {
    if (partitionOf(each) !== partition)
      faults.push({
        path: `${NAMESPACE}:regions[${index}]`,
        found: `"${each}"`,
        expected: `a region of the home region's partition, ${partition}`,
      });
  });
  faults.push(...channelFaults(known), ...watchFaults(known));
  return faults;
}

/** EventBridge's limit of an event pattern. */
const LONGEST_PATTERN = 2048;

function channelFaults({ channels, security }: Configuration): Fault[] {
  const faults: Fault[] = [];
  for (const [name, channel] of Object.entries(channels)) {
    const path = `${NAMESPACE}:channels.${name}`;
    const kinds = [channel.slack && "slack", channel.email && "email"].filter((kind) => kind);
    if (kinds.length !== 1)
      faults.push({
        path,
        found: kinds.length === 0 ? "no kind of channel" : kinds.join(" and "),
        expected: "either slack or email; two channels can have the same conditions",
        example: '{ email: { addresses: ["platform@example.com"] } }',
      });
    channel.controls?.forEach((id, index) => {
      if (!controls.some((control) => control.id === id))
        faults.push({
          path: `${path}.controls[${index}]`,
          found: JSON.stringify(id),
          expected: `one of ${controls.map((control) => control.id).join(", ")}`,
        });
    });
    const { length } = patternText(routePattern({ channel: name, ...channel }, security.id));
    if (length > LONGEST_PATTERN)
      faults.push({
        path,
        found: `conditions that make an event pattern of ${length} characters`,
        expected: `at most ${LONGEST_PATTERN}: name fewer controls or accounts, or none of either for all`,
      });
  }
  return faults;
}

function watchFaults({ channels, watches }: Configuration): Fault[] {
  const faults: Fault[] = [];
  watches.forEach(({ event, channel }, index) => {
    const path = `${NAMESPACE}:watches[${index}]`;
    const verdict = lookUpName(event);
    if (!verdict.known)
      faults.push({
        path: `${path}.event`,
        found: `"${event}"`,
        expected: `a name that CloudTrail has (${verdict.why})`,
        example: verdict.nearest.join(" or ") || "iam:CreateUser",
      });
    else if (isWithheld(event))
      faults.push({
        path: `${path}.event`,
        found: `"${event}"`,
        expected:
          "a call that changes something: EventBridge keeps calls that only read from rules like these",
        example: "iam:CreateUser",
      });
    if (!Object.hasOwn(channels, channel))
      faults.push({
        path: `${path}.channel`,
        found: `"${channel}"`,
        expected: `a channel of ${NAMESPACE}:channels: ${Object.keys(channels).join(", ") || "there is none"}`,
      });
    const before = watches.findIndex((other) => other.event === event && other.channel === channel);
    if (before < index)
      faults.push({
        path,
        found: `${event} for ${channel} a second time`,
        expected: `each once: it is at ${NAMESPACE}:watches[${before}] already`,
      });
  });
  return faults;
}

/** Which controls are on, and how. Unknown ids and bad parameters are added to `faults`. */
function chooseControls(
  given: Configuration["controls"],
  defaultMode: Mode,
  members: Configuration["members"],
  faults: Fault[],
): ControlSettings[] {
  for (const id of Object.keys(given)) {
    if (!controls.some((control) => control.id === id))
      faults.push({
        path: `${NAMESPACE}:controls.${id}`,
        found: "an unknown control",
        expected: `one of ${controls.map((control) => control.id).join(", ")}`,
      });
  }
  return controls.flatMap((control) => {
    const own = given[control.id];
    const chosen = own?.mode ?? defaultMode;
    const accountModes = {
      ...modesByUnit(control.id, own?.organizationalUnits ?? {}, members, faults),
      ...own?.accounts,
    };
    const parameters = readParameters(control, own?.parameters, faults);
    const on = chosen !== "off" || Object.values(accountModes).some((each) => each !== "off");
    if (!on) return [];
    if (chosen === "off") {
      faults.push({
        path: `${NAMESPACE}:controls.${control.id}.mode`,
        found: '"off" with accounts that are on',
        expected: "notify or enforce, with the other accounts off",
        example: "notify",
      });
      return [];
    }
    return [{ control, mode: chosen, accountModes, parameters }];
  });
}

/** The modes of the accounts that are in a unit which has one of its own, or in a unit below it: the nearest counts. */
function modesByUnit(
  control: string,
  units: Record<string, Mode>,
  members: Configuration["members"],
  faults: Fault[],
): Record<string, Mode> {
  const isIn = (unit: string, path: string) => path === unit || path.startsWith(`${unit}/`);
  for (const unit of Object.keys(units)) {
    if (members.some(({ organizationalUnit }) => organizationalUnit && isIn(unit, organizationalUnit)))
      continue;
    faults.push({
      path: `${NAMESPACE}:controls.${control}.organizationalUnits.${unit}`,
      found: "an organizational unit that holds no member",
      expected: "one that stands at a member's organizationalUnit, or above it",
      example: "workloads/prod",
    });
  }
  const modes: Record<string, Mode> = {};
  for (const { id, organizationalUnit: path } of members) {
    const nearest = Object.keys(units)
      .filter((unit) => path !== undefined && isIn(unit, path))
      .sort((a, b) => b.length - a.length)[0];
    const found = nearest === undefined ? undefined : units[nearest];
    if (found !== undefined) modes[id] = found;
  }
  return modes;
}

function readParameters(control: CatalogueEntry, given: unknown, faults: Fault[]): unknown {
  const path = `${NAMESPACE}:controls.${control.id}.parameters`;
  if (control.parameters === undefined) {
    if (given !== undefined)
      faults.push({
        path,
        found: JSON.stringify(given),
        expected: "nothing: this control has no parameters",
      });
    return {};
  }
  const result = v.safeParse(control.parameters, given ?? {});
  if (result.success) return result.output;
  for (const issue of result.issues) {
    faults.push({
      path: `${path}.${v.getDotPath(issue) ?? ""}`.replace(/\.$/, ""),
      found: JSON.stringify(issue.input) ?? "nothing",
      expected: issue.message,
    });
  }
  return {};
}

function settle(known: Configuration, chosen: ControlSettings[]): Settings {
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
    controls: [...chosen, ...known.watches.map(watchSettings)],
    channels: Object.entries(known.channels).map(([name, channel]) => channelSettings(name, channel)),
    ...(known.catalogueUrl === undefined ? {} : { catalogueUrl: known.catalogueUrl }),
  };
}

const watchSettings = (watch: Watch): ControlSettings => ({
  control: watchControl(watch),
  mode: "notify",
  accountModes: {},
  parameters: {},
  watch,
});

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

function partitionOf(code: string): string {
  if (code.startsWith("us-gov-")) return "aws-us-gov";
  return code.startsWith("cn-") ? "aws-cn" : "aws";
}

/** Where IAM, Organizations and other global services report to CloudTrail. */
export function globalServicesRegion(partition: string): string {
  return (
    { aws: "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1" }[partition] ?? "us-east-1"
  );
}
