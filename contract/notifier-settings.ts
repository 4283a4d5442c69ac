/** What the notifier is told: a file beside its code, because names of many accounts don't fit into an environment. Nothing in it is secret. */
import { readFileSync } from "node:fs";
import * as v from "valibot";

/** The file's name in the function's archive. */
export const SETTINGS_FILE = "settings.json";

const text = v.pipe(v.string(), v.minLength(1));
const severity = v.picklist(["low", "medium", "high", "critical"]);

/** Further kinds of channels are added here, in send.ts, and in components/NotificationChannels.ts. */
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
      severity,
      /** What a person does by hand. */
      steps: v.optional(v.string()),
      /** Only tells of events: there is no state to put right. */
      reportsOnly: v.optional(v.boolean(), false),
    }),
  ),
  /** Name of the hub bus. */
  busName: text,
  /** Where the catalogue page can be read; absent: messages name the file. */
  catalogueUrl: v.optional(text),
});

export type NotifierSettingsInput = v.InferInput<typeof schema>;
export type NotifierSettings = v.InferOutput<typeof schema>;
export type ChannelTarget = v.InferOutput<typeof channel>;

/** @throws TypeError that lists every fault. */
export function parseSettings(json: string): NotifierSettings {
  const settings = v.safeParse(schema, JSON.parse(json));
  if (settings.success) return settings.output;
  const faults = settings.issues.map((issue) => `${v.getDotPath(issue) ?? "(all)"}: ${issue.message}`);
  throw new TypeError(`${SETTINGS_FILE}: ${faults.join("; ")}`);
}

/** @param folder a URL of a file beside the settings, `import.meta.url` in the bundle. */
export const readSettings = (folder: string): NotifierSettings =>
  parseSettings(readFileSync(new URL(SETTINGS_FILE, folder), "utf8"));
