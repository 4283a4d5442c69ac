/** What single values of channels and watches can't show. */
import { patternText } from "@bailiwick/aws-events";
import { lookUpName } from "@bailiwick/aws-events/known-names";
import { routePattern } from "../contract/routes";
import { aControl, isControl } from "./control-ids";
import { NAMESPACE, type Fault } from "./configuration-error";
import type { ChannelConfiguration, Configuration } from "./schema";

/** EventBridge's limit of an event pattern. */
const LONGEST_PATTERN = 2048;

export function channelFaults({ channels, security }: Configuration): Fault[] {
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
        given: ["channels"],
      });
    channel.controls?.forEach((id, index) => {
      if (!isControl(id))
        faults.push({
          path: `${path}.controls[${index}]`,
          found: JSON.stringify(id),
          ...aControl,
        });
    });
    faults.push(...addressFaults(path, channel.email?.addresses ?? []), ...namesakeFaults(name, channels));
    const { length } = patternText(routePattern({ channel: name, ...channel }, security.id));
    if (length > LONGEST_PATTERN)
      faults.push({
        path,
        found: `conditions that make an event pattern of ${length} characters`,
        expected: `at most ${LONGEST_PATTERN}: name fewer controls or accounts, or none of either for all`,
        example: '{ minimumSeverity: high, email: { addresses: ["platform@example.com"] } }',
      });
  }
  return faults;
}

/**
 * SNS would take one address in two spellings for two and send it each mail twice; the engine refuses one spelling twice. Nearly no mail
 * system tells upper from lower case.
 */
function addressFaults(path: string, addresses: readonly string[]): Fault[] {
  const lower = addresses.map((address) => address.toLowerCase());
  return addresses.flatMap((address, index) => {
    const before = lower.indexOf(address.toLowerCase());
    return before === index
      ? []
      : [
          {
            path: `${path}.email.addresses[${index}]`,
            found: `"${address}" a second time`,
            expected: `each address once, in upper or lower case: it is at ${path}.email.addresses[${before}] already`,
            example: "another address, or this one deleted",
          },
        ];
  });
}

/** A channel's queue has `-dlq` behind its name for the dead letters, and a Slack channel's rule `-send`: no other channel may be called so. */
function namesakeFaults(name: string, channels: Configuration["channels"]): Fault[] {
  return [
    { end: "-dlq", what: "dead-letter queue", of: () => true },
    { end: "-send", what: "second rule", of: ({ slack }: ChannelConfiguration) => slack !== undefined },
  ].flatMap(({ end, what, of }) => {
    const other = name.endsWith(end) ? name.slice(0, -end.length) : "";
    const channel = Object.hasOwn(channels, other) ? channels[other] : undefined;
    return channel === undefined || !of(channel)
      ? []
      : [
          {
            path: `${NAMESPACE}:channels.${name}`,
            found: `the name of the ${what} that the channel ${other} has`,
            expected: `a name other than ${other}${end}`,
            example: `${end.slice(1)}-${other}`,
          },
        ];
  });
}

export function watchFaults({ channels, watches }: Configuration): Fault[] {
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
    if (!Object.hasOwn(channels, channel))
      faults.push({
        path: `${path}.channel`,
        found: `"${channel}"`,
        expected: `a channel of ${NAMESPACE}:channels: ${Object.keys(channels).join(", ") || "there is none"}`,
        example: Object.keys(channels)[0] ?? "a channel that is added first",
        given: ["channels"],
      });
    const before = watches.findIndex((other) => other.event === event && other.channel === channel);
    if (before < index)
      faults.push({
        path,
        found: `${event} for ${channel} a second time`,
        expected: `each once: it is at ${NAMESPACE}:watches[${before}] already`,
        example: "another event or channel, or this line deleted",
      });
  });
  return faults;
}
