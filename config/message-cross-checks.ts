/** Checks whether the values of channels and watches fit together. */
import { patternText } from "@bailiwick/aws-events";
import { lookUpName } from "@bailiwick/aws-events/known-names";
import { DEAD_LETTER_SUFFIX, SEND_RULE_SUFFIX } from "../contract/names";
import { controlDigits } from "../contract/ledger-keys";
import { routePattern } from "../contract/routes";
import { controls } from "../controls";
import { watchId } from "../controls/lib/watch";
import { controlIdFault } from "./control-ids";
import { NAMESPACE, type Fault } from "./configuration-error";
import type { ChannelConfiguration, Configuration } from "./schema";

/** EventBridge's limit for an event pattern, in characters. */
const MAX_PATTERN_LENGTH = 2048;

export function channelFaults({ channels, security }: Configuration): Fault[] {
  const faults: Fault[] = [];
  for (const [name, channel] of Object.entries(channels)) {
    const path = `${NAMESPACE}:channels.${name}`;
    const kinds = [channel.slack && "slack", channel.email && "email"].filter((kind) => kind);
    if (kinds.length !== 1)
      faults.push({
        path,
        found: kinds.length === 0 ? "neither slack nor email" : kinds.join(" and "),
        expected: "either slack or email; two channels can have the same conditions",
        example: '{ email: { addresses: ["platform@example.com"] } }',
        given: ["channels"],
      });
    faults.push(
      ...(channel.controls ?? []).flatMap(
        (id, index) => controlIdFault(`${path}.controls[${index}]`, id) ?? [],
      ),
      ...addressFaults(path, channel.email?.addresses ?? []),
      ...reservedNameFaults(name, channels),
    );
    const { length } = patternText(routePattern({ channel: name, ...channel }, security.id));
    if (length > MAX_PATTERN_LENGTH)
      faults.push({
        path,
        found: `conditions that make an event pattern of ${length} characters`,
        expected: `at most ${MAX_PATTERN_LENGTH}: list fewer controls or accounts, or omit the list to include all`,
        example: '{ minimumSeverity: high, email: { addresses: ["platform@example.com"] } }',
      });
  }
  return faults;
}

/**
 * SNS would treat one address in two spellings as two and send each mail twice; the engine refuses the same spelling twice. Hardly any
 * mail system distinguishes upper and lower case.
 */
function addressFaults(path: string, addresses: readonly string[]): Fault[] {
  const lower = addresses.map((address) => address.toLowerCase());
  return addresses.flatMap((address, index) => {
    const first = lower.indexOf(address.toLowerCase());
    return first === index
      ? []
      : [
          {
            path: `${path}.email.addresses[${index}]`,
            found: `"${address}" a second time`,
            expected: `each address once, whatever its case: it is at ${path}.email.addresses[${first}] already`,
            example: "another address, or delete this one",
          },
        ];
  });
}

/** A channel's dead-letter queue adds `-dlq` to the channel's name, and a Slack channel's second rule `-send`: no other channel may have such a name. */
function reservedNameFaults(name: string, channels: Configuration["channels"]): Fault[] {
  return [
    { end: DEAD_LETTER_SUFFIX, what: "dead-letter queue", isMadeFor: () => true },
    {
      end: SEND_RULE_SUFFIX,
      what: "second rule",
      isMadeFor: ({ slack }: ChannelConfiguration) => slack !== undefined,
    },
  ].flatMap(({ end, what, isMadeFor }) => {
    const other = name.endsWith(end) ? name.slice(0, -end.length) : "";
    const channel = Object.hasOwn(channels, other) ? channels[other] : undefined;
    return channel === undefined || !isMadeFor(channel)
      ? []
      : [
          {
            path: `${NAMESPACE}:channels.${name}`,
            found: `the name of the ${what} of the channel ${other}`,
            expected: `a name other than ${other}${end}`,
            example: `${end.slice(1)}-${other}`,
          },
        ];
  });
}

export function watchFaults({ channels, watches }: Configuration): Fault[] {
  const faults: Fault[] = [];
  const ids = new Map(controls.map(({ id }) => [controlDigits(id), id]));
  watches.forEach((watch, index) => {
    const { event, channel } = watch;
    const path = `${NAMESPACE}:watches[${index}]`;
    const id = watchId(watch);
    const taken = ids.get(controlDigits(id));
    ids.set(controlDigits(id), id);
    // One in millions: each could write the other's items of the ledger.
    if (taken !== undefined && taken !== id)
      faults.push({
        path,
        found: `${event} for ${channel}, whose keys in the ledger begin like those of ${taken}`,
        expected: "a watch for a channel of another name",
        example: `a channel ${channel}-2`,
        given: ["channels"],
      });
    const name = lookUpName(event);
    if (!name.known)
      faults.push({
        path: `${path}.event`,
        found: `"${event}"`,
        expected: `a name that CloudTrail uses (${name.why})`,
        example: name.nearest.join(" or ") || "iam:CreateUser",
      });
    if (!Object.hasOwn(channels, channel))
      faults.push({
        path: `${path}.channel`,
        found: `"${channel}"`,
        expected: `a channel from ${NAMESPACE}:channels: ${Object.keys(channels).join(", ") || "there is none"}`,
        example: Object.keys(channels)[0] ?? "a channel, added first",
        given: ["channels"],
      });
    const first = watches.findIndex((other) => other.event === event && other.channel === channel);
    if (first < index)
      faults.push({
        path,
        found: `${event} for ${channel} a second time`,
        expected: `each pair once: it is at ${NAMESPACE}:watches[${first}] already`,
        example: "another event or channel, or delete this line",
      });
  });
  return faults;
}
