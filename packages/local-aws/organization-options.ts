/** What an organization is to be, in AWS's terms, with every default filled in. */
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { BusPlace } from "./fabric";
import type { Trace } from "./trace";
import type { WeatherOptions } from "./weather";

export interface AccountOptions {
  /** 12 digits, unique. It is also the access key of the account's root. */
  id: string;
  /** Unique in the organization. */
  name: string;
  /** `management` for the one account that the organization belongs to; any other word is yours. @default "member" */
  kind?: string;
}

export interface OrganizationOptions {
  /** Exactly one of the kind `management`, and any number of others. */
  accounts: readonly AccountOptions[];
  /** `o-` and 10 to 32 lower-case letters and digits. @default "o-localaws00" */
  organizationId?: string;
  /** The region of clients that name none. Its partition is the organization's. @default "us-east-1" */
  homeRegion?: string;
  /** The regions that are worked in, for those who ask. Every other region answers too. @default the home region */
  regions?: readonly string[];
  /** Every member account has this role, which the management account may assume. @default "OrganizationAccountAccessRole" */
  accessRoleName?: string;
  /** How long a minute of CloudWatch's periods lasts: alarms are evaluated once in it. @default 1,000 */
  metricMinuteMilliseconds?: number;
  /** An existing folder for the organization's files. Default: a temporary one that is removed when it stops. */
  folder?: string;
  /** Where the steps of events are noted. Default: a trace of its own. */
  trace?: Trace;
  /** Called with each event that arrives on a bus, before its rules are matched. It must not throw. */
  onArrival?: (event: EventBridgeEvent, at: BusPlace) => void;
  /**
   * AWS's slowness, staleness and busyness, from the end of the start on. `organization.weather` changes it.
   * `MODERATE_WEATHER` has every kind. @default none: what is written is read at once, and every call is answered
   */
  weather?: WeatherOptions;
  /** Called with a sentence at each long step of the start. */
  say?: (message: string) => void;
}

export interface LocalAccount {
  id: string;
  name: string;
  kind: string;
}

/** The organization as it will be. */
export interface OrganizationPlan {
  organizationId: string;
  partition: string;
  homeRegion: string;
  regions: string[];
  accessRoleName: string;
  management: LocalAccount;
  /** The management account among them. */
  accounts: LocalAccount[];
}

/** Options that no organization can be made of; a line for each reason. */
export class OrganizationOptionsError extends Error {
  override name = "OrganizationOptionsError";
}

const MANAGEMENT = "management";
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/** @throws OrganizationOptionsError that says what is wrong with which option. */
export function planOrganization(options: OrganizationOptions): OrganizationPlan {
  const { organizationId = "o-localaws00", homeRegion = "us-east-1" } = options;
  const { accessRoleName = "OrganizationAccountAccessRole", regions = [homeRegion] } = options;
  const accounts = options.accounts.map(({ id, name, kind = "member" }) => ({ id, name, kind }));
  const [management, ...others] = accounts.filter(({ kind }) => kind === MANAGEMENT);
  const wrong: string[] = [];
  if (!/^o-[a-z0-9]{10,32}$/.test(organizationId))
    wrong.push(
      `organizationId is "${organizationId}": it must be o- and 10 to 32 lower-case letters and digits.`,
    );
  for (const region of new Set([homeRegion, ...regions]))
    if (!REGION.test(region)) wrong.push(`"${region}" is not a region: write one like eu-central-1.`);
  if (!/^[\w+=,.@-]{1,64}$/.test(accessRoleName))
    wrong.push(`accessRoleName is "${accessRoleName}": IAM takes 1 to 64 letters, digits and +=,.@_-.`);
  for (const { id, name } of accounts) {
    if (!/^\d{12}$/.test(id)) wrong.push(`The account "${name}" has the id "${id}": it must be 12 digits.`);
    if (name === "") wrong.push(`The account ${id} has an empty name.`);
  }
  for (const key of ["id", "name"] as const)
    for (const value of repeated(accounts.map((account) => account[key])))
      wrong.push(`Two accounts have the ${key} "${value}": each needs its own.`);
  if (management === undefined || others.length > 0)
    wrong.push(
      `${management === undefined ? "No account has" : `${others.length + 1} accounts have`} the kind "${MANAGEMENT}": exactly one must.`,
    );
  if (management === undefined || wrong.length > 0) throw new OrganizationOptionsError(wrong.join("\n"));
  const partition = partitionOf(homeRegion);
  return {
    organizationId,
    partition,
    homeRegion,
    regions: [...regions],
    accessRoleName,
    management,
    accounts,
  };
}

const repeated = (values: readonly string[]): Set<string> =>
  new Set(values.filter((value, index) => values.indexOf(value) !== index));
