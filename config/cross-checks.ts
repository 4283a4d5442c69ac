/** Checks what no value shows alone: whether the values of a configuration fit together. */
import { controlIdFault } from "./control-ids";
import { NAMESPACE, type Fault } from "./configuration-error";
import { channelFaults, watchFaults } from "./message-cross-checks";
import { protectionFaults } from "./protection-cross-checks";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Configuration } from "./schema";
import type { ControlSettings } from "./settings";

export function crossCheck(configuration: Configuration): Fault[] {
  return [
    ...accountFaults(configuration),
    ...nameFaults(configuration),
    ...storageFaults(configuration),
    ...protectionFaults(configuration),
    ...exemptionFaults(configuration),
    ...unknownAccountFaults(configuration),
    ...regionFaults(configuration),
    ...channelFaults(configuration),
    ...watchFaults(configuration),
  ];
}

/** Whether the trail records what the chosen controls and watches need. */
export function trailFaults({ trail }: Configuration, controls: ControlSettings[]): Fault[] {
  if (trail.managementEvents !== "WriteOnly") return [];
  const path = `${NAMESPACE}:trail.managementEvents`;
  const reasons = controls.flatMap(({ control, watch }) => {
    if (control.requiresTrailReads)
      return [`the control ${control.id}, which is on, requires trails to record reads too`];
    if (!control.readOnlyEvents) return [];
    const who = watch
      ? `the watch of ${watch.event} for ${watch.channel}`
      : `the control ${control.id}, which is on,`;
    return [`${who} reports calls that only read`];
  });
  return reasons.map((reason) => ({
    path,
    found: '"WriteOnly"',
    expected: `All, because ${reason}`,
    example: "All",
  }));
}

function accountFaults({ management, security, logArchive, members }: Configuration): Fault[] {
  const faults: Fault[] = [];
  const seen = new Map<string, string>();
  const ids: [string, string][] = [
    ["management.id", management.id],
    ["security.id", security.id],
    ["logArchive.id", logArchive.id],
    ...members.map((member, index): [string, string] => [`members[${index}].id`, member.id]),
  ];
  for (const [path, id] of ids) {
    const first = seen.get(id);
    if (first !== undefined)
      faults.push({
        path: `${NAMESPACE}:${path}`,
        found: `"${id}"`,
        expected: `an account that isn't ${first} already`,
        example: '"555555555555"',
      });
    else seen.set(id, path);
  }
  return faults;
}

function nameFaults({ members }: Configuration): Fault[] {
  const faults: Fault[] = [];
  const names = new Set<string>(["management", "security", "log-archive"]);
  members.forEach((member, index) => {
    if (names.has(member.name))
      faults.push({
        path: `${NAMESPACE}:members[${index}].name`,
        found: `"${member.name}"`,
        expected: "a name that no other account has",
        example: `${member.name}-${index + 1}`,
      });
    names.add(member.name);
  });
  return faults;
}

function storageFaults({ trail }: Configuration): Fault[] {
  if (trail.coldStorageAfterDays < trail.retentionDays) return [];
  return [
    {
      path: `${NAMESPACE}:trail.coldStorageAfterDays`,
      found: String(trail.coldStorageAfterDays),
      expected: `less than trail.retentionDays, which is ${trail.retentionDays}`,
      example: String(Math.floor(trail.retentionDays / 2)),
    },
  ];
}

function exemptionFaults({ exemptions }: Configuration): Fault[] {
  return exemptions.flatMap(
    ({ control }, index) => controlIdFault(`${NAMESPACE}:exemptions[${index}].control`, control) ?? [],
  );
}

/** With one wrong digit a mode or an exemption would apply to no account. */
function unknownAccountFaults({
  management,
  security,
  logArchive,
  members,
  ...rest
}: Configuration): Fault[] {
  const own = [management.id, security.id, logArchive.id, ...members.map(({ id }) => id)];
  const named = [
    ...Object.entries(rest.controls).flatMap(([id, { accounts = {} }]) =>
      Object.keys(accounts).map((account) => [`controls.${id}.accounts.${account}`, account] as const),
    ),
    ...rest.exemptions.flatMap(({ accounts = [] }, index) =>
      accounts.map((account, at) => [`exemptions[${index}].accounts[${at}]`, account] as const),
    ),
    ...Object.entries(rest.channels).flatMap(([name, { accounts = [] }]) =>
      accounts.map((account, at) => [`channels.${name}.accounts[${at}]`, account] as const),
    ),
  ];
  return named
    .filter(([, account]) => !own.includes(account))
    .map(([path, account]) => ({
      path: `${NAMESPACE}:${path}`,
      found: `"${account}"`,
      expected: "one of the organization's accounts, which management, security, logArchive and members list",
      example: `"${members[0]?.id ?? management.id}"`,
      given: ["management", "security", "logArchive", "members"],
    }));
}

function regionFaults({ homeRegion, regions }: Configuration): Fault[] {
  const partition = partitionOf(homeRegion);
  return regions.flatMap((region, index) =>
    partitionOf(region) === partition
      ? []
      : [
          {
            path: `${NAMESPACE}:regions[${index}]`,
            found: `"${region}"`,
            expected: `a region of the home region's partition, ${partition}`,
            example: homeRegion,
            given: ["homeRegion"],
          },
        ],
  );
}
