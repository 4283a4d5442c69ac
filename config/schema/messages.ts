/** What people are told of, and where: channels, watches. */
import * as v from "valibot";
import { example, secret } from "./metadata";
import { keepsRules } from "./names";
import { accountId, severity } from "./values";

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
const webhookRules = keepsRules([
  [
    (url) => (/^https:\/\/[^\s*/]+\/\S+$/.test(url) || loopback.test(url)) && !url.includes("*"),
    "the https URL of an incoming webhook",
  ],
  [
    (url) => /^(%[0-9A-Fa-f]{2}|[-()_.!~';/?:@&=+$,A-Za-z0-9])+$/.test(url),
    "a URL of what EventBridge takes: letters, digits and -()_.!~';/?:@&=+$, and everything else as %XX",
  ],
  [(url) => url.length <= 2048, "a URL of at most 2048 characters, which is what EventBridge takes"],
]);

const slack = v.strictObject(
  {
    webhookUrl: v.pipe(
      v.string("the https URL of an incoming webhook"),
      webhookRules,
      v.description(
        "The incoming webhook's URL, which is a secret: pulumi config set --secret --path 'bailiwick:channels.<name>.slack.webhookUrl' <url>.",
      ),
      secret("https://hooks.slack.com/services/<team>/<app>/<key>"),
    ),
  },
  "a Slack channel",
);

/** Words with single dots between, and what is special in lists of addresses in none of them. */
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
      v.description("Who gets the mails. SNS asks each address first whether it wants them."),
      example("[platform@example.com]"),
    ),
  },
  "an e-mail channel",
);

const wholeSeconds = "a whole number of seconds from 1 to 300";

const channel = v.strictObject(
  {
    slack: v.optional(v.pipe(slack, v.description("Makes it a Slack channel. Each channel has one kind."))),
    email: v.optional(v.pipe(email, v.description("Makes it an e-mail channel, by SNS."))),
    minimumSeverity: v.optional(
      v.pipe(severity, v.description("Only of controls of this severity and above.")),
      "low",
    ),
    controls: v.optional(
      v.pipe(
        v.array(v.string("the id of a control"), "a list of control ids"),
        v.minLength(1, "at least one control, or no such key for all of them"),
        v.description("Only of these controls. Default: of all."),
        example("[s3-bucket-policy-not-public]"),
      ),
    ),
    accounts: v.optional(
      v.pipe(
        v.array(accountId, "a list of account ids"),
        v.minLength(1, "at least one account, or no such key for all of them"),
        v.description("Only of these accounts, and what can't be told to be of any. Default: of all."),
        example('["444444444444"]'),
      ),
    ),
    groupSeconds: v.optional(
      v.pipe(
        v.number(wholeSeconds),
        v.integer(wholeSeconds),
        v.minValue(1, wholeSeconds),
        v.maxValue(300, wholeSeconds),
        v.description("So long outcomes are collected, to make one message of those that are alike."),
        example("30"),
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
      v.regex(/^[a-z0-9-]+:[A-Za-z0-9_]+$/, "CloudTrail's names of service and event, with a colon between"),
      v.description("The API call to tell of."),
      example("iam:CreateUser"),
    ),
    channel: v.pipe(channelName, v.description("The channel that is told.")),
    severity: v.optional(v.pipe(severity, v.description("What the message says.")), "medium"),
  },
  "a watch",
);

export const messages = {
  channels: v.optional(
    v.pipe(
      v.record(channelName, channel, "channels by name"),
      v.description("Where messages go, by name. Without any, nothing is deployed for messages."),
      example('{ platform: { email: { addresses: ["platform@example.com"] } } }'),
    ),
    {},
  ),
  watches: v.optional(
    v.pipe(
      v.array(watch, "a list of watches"),
      v.description(
        "API calls to tell of by name: bailiwick watch add <service>:<EventName> --channel <name>.",
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
        "Where people can read docs/catalogue.md: messages link there. Default: messages name the file.",
      ),
      example("https://git.example.com/platform/bailiwick/blob/main/docs/catalogue.md"),
    ),
  ),
};
