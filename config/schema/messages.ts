/** Who is notified of which outcomes: channels, watches. */
import * as v from "valibot";
import { example, secret } from "./metadata";
import { followsRules } from "./names";
import { accountId, severity, wholeNumber } from "./values";

const channelName = v.pipe(
  v.string("the name of a channel"),
  v.regex(
    /^[a-z][a-z0-9-]{0,19}$/,
    "a channel's name: lower-case letters, digits and hyphens, at most 20, a letter first",
  ),
  example("platform"),
);

const loopback = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?\//;

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html */
const webhookRules = followsRules([
  [
    (url) => (/^https:\/\/[^\s*/]+\/\S+$/.test(url) || loopback.test(url)) && !url.includes("*"),
    "the https URL of an incoming webhook",
  ],
  [
    (url) => /^(%[0-9A-Fa-f]{2}|[-()_.!~';/?:@&=+$,A-Za-z0-9])+$/.test(url),
    "a URL of the characters that EventBridge accepts: letters, digits and -()_.!~';/?:@&=+$, and everything else as %XX",
  ],
  [(url) => url.length <= 2048, "a URL of at most 2048 characters, which is EventBridge's limit"],
]);

const slack = v.strictObject(
  {
    webhookUrl: v.pipe(
      v.string("the https URL of an incoming webhook"),
      webhookRules,
      v.description(
        "The incoming webhook's URL, which is a secret. Set it with pulumi config set --secret --path 'bailiwick:channels.<name>.slack.webhookUrl' <url>.",
      ),
      secret("https://hooks.slack.com/services/<team>/<app>/<key>"),
    ),
  },
  "a Slack channel",
);

/** Words separated by single dots, without the characters that are special in lists of addresses. */
const address =
  /^[^\s@"<>()[\]\\,;:.]+(\.[^\s@"<>()[\]\\,;:.]+)*@(?!-)[^\s@"<>()[\]\\,;:.]+(\.[^\s@"<>()[\]\\,;:.]+)+$/;

const email = v.strictObject(
  {
    addresses: v.pipe(
      v.array(
        v.pipe(
          v.string("an e-mail address"),
          v.regex(address, "an e-mail address"),
          example("platform@example.com"),
        ),
        "a list of e-mail addresses",
      ),
      v.minLength(1, "at least one e-mail address"),
      v.description("Recipients of the e-mails. SNS first asks each address to confirm the subscription."),
      example("[platform@example.com]"),
    ),
  },
  "an e-mail channel",
);

const channel = v.strictObject(
  {
    slack: v.optional(
      v.pipe(slack, v.description("Makes this a Slack channel. A channel has either slack or email.")),
    ),
    email: v.optional(v.pipe(email, v.description("Makes this an e-mail channel, which SNS delivers."))),
    minimumSeverity: v.optional(
      v.pipe(severity, v.description("Only outcomes of controls of this severity or above.")),
      "low",
    ),
    controls: v.optional(
      v.pipe(
        v.array(v.string("the id of a control"), "a list of control ids"),
        v.minLength(1, "at least one control, or no such key to include all"),
        v.description("Only outcomes of these controls. Default: all controls."),
        example("[s3-bucket-policy-not-public]"),
      ),
    ),
    accounts: v.optional(
      v.pipe(
        v.array(accountId, "a list of account ids"),
        v.minLength(1, "at least one account, or no such key to include all"),
        v.description(
          "Only outcomes in these accounts, and outcomes whose account is unknown. Default: all accounts.",
        ),
        example('["444444444444"]'),
      ),
    ),
    groupSeconds: v.optional(
      v.pipe(
        wholeNumber(1, 300, "30", "seconds"),
        v.description(
          "Number of seconds during which outcomes are collected, so that similar ones become one message.",
        ),
      ),
      30,
    ),
  },
  "a channel",
);

export type ChannelConfiguration = v.InferOutput<typeof channel>;

const watch = v.strictObject(
  {
    event: v.pipe(
      v.string("the name of an event"),
      v.regex(/^[a-z0-9-]+:[A-Za-z0-9_]+$/, "CloudTrail's names of service and event, separated by a colon"),
      v.description("The API call to report."),
      example("iam:CreateUser"),
    ),
    channel: v.pipe(channelName, v.description("The channel that is notified.")),
    severity: v.optional(v.pipe(severity, v.description("The severity that the message states.")), "medium"),
  },
  "a watch",
);

export const messages = {
  channels: v.optional(
    v.pipe(
      v.record(channelName, channel, "channels by name"),
      v.description(
        "Where messages are sent, by name. Without any channel, nobody is notified and nothing is deployed for it.",
      ),
      example('{ platform: { email: { addresses: ["platform@example.com"] } } }'),
    ),
    {},
  ),
  watches: v.optional(
    v.pipe(
      v.array(watch, "a list of watches"),
      v.description(
        "API calls to report, by name: bailiwick watch add <service>:<EventName> --channel <name> adds one.",
      ),
      example("[{ event: iam:CreateUser, channel: platform }]"),
    ),
    [],
  ),
  catalogueUrl: v.optional(
    v.pipe(
      v.string("a web address"),
      v.regex(/^https?:\/\/[^\s#]+$/, "a web address, without #"),
      v.description(
        "Address at which people can read docs/catalogue.md, to which messages link. Default: messages name the file.",
      ),
      example("https://git.example.com/platform/bailiwick/blob/main/docs/catalogue.md"),
    ),
  ),
};
