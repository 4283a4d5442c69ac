/** The settings of the notifier. Nothing in them is secret. */
import * as v from "valibot";
import { SEVERITIES } from "./choices";
import { parseSettings } from "./settings";

const text = v.pipe(v.string(), v.minLength(1));

/** A further kind of channel is added here, in functions/notifier/send.ts and in components/NotificationChannels.ts. */
const channel = v.variant("kind", [
  v.object({ kind: v.literal("slack"), name: text }),
  v.object({ kind: v.literal("email"), name: text, topicArn: text }),
]);

const schema = v.object({
  /** By the ARN of the channel's queue. */
  channels: v.record(text, channel),
  /** Names by account id. */
  accounts: v.record(text, text),
  controls: v.record(
    text,
    v.object({
      title: text,
      severity: v.picklist(SEVERITIES),
      /** What a person does by hand. */
      steps: v.optional(v.string()),
      /** Only reports events: there is no state to remediate. */
      reportsOnly: v.optional(v.boolean(), false),
    }),
  ),
  /** Name of the hub bus. */
  busName: text,
  /** Where the catalogue page can be read; absent: messages name the file. */
  catalogueUrl: v.optional(text),
});

/** Settings as the program writes them. */
export type NotifierSettingsInput = v.InferInput<typeof schema>;
export type NotifierSettings = v.InferOutput<typeof schema>;
export type ChannelTarget = v.InferOutput<typeof channel>;

/** Reads and checks the notifier's settings. @throws TypeError that lists every fault */
export const readNotifierSettings = (text: string | undefined): NotifierSettings =>
  parseSettings(schema, text);
