/**
 * What users may write under `bailiwick:` in Pulumi.<stack>.yaml, a section a file: types, defaults, words and examples. Errors and
 * docs/configuration.md are made from it.
 */
import * as v from "valibot";
import { evidence } from "./evidence";
import { messages } from "./messages";
import { modes } from "./modes";
import { network } from "./network";
import { organization } from "./organization";
import { restraint } from "./restraint";

export type { TrailSettings } from "./evidence";
export type { ChannelConfiguration } from "./messages";
export { exampleOf } from "./metadata";

/** Every key of the namespace `bailiwick`, as users write it and in the order of the reference. */
export const configurationSchema = v.strictObject({
  ...organization,
  ...evidence,
  ...restraint,
  ...network,
  ...modes,
  ...messages,
});
export type Configuration = v.InferOutput<typeof configurationSchema>;
