/**
 * What users may write under `bailiwick:` in Pulumi.<stack>.yaml, one file per section: types, defaults, descriptions and examples.
 * Error messages and docs/configuration.md are generated from it.
 */
import * as v from "valibot";
import { evidence } from "./evidence";
import { messages } from "./messages";
import { modes } from "./modes";
import { network } from "./network";
import { organization } from "./organization";
import { protection } from "./protection";
import { safeguards } from "./safeguards";

export type { TrailSettings } from "./evidence";
export type { ChannelConfiguration } from "./messages";
export { exampleOf } from "./metadata";

/** Every key of the namespace `bailiwick`, in the order of the reference. */
export const configurationSchema = v.strictObject({
  ...organization,
  ...evidence,
  ...protection,
  ...safeguards,
  ...network,
  ...modes,
  ...messages,
});
export type Configuration = v.InferOutput<typeof configurationSchema>;
