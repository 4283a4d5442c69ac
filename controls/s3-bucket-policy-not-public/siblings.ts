/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "s3",
  noun: /BucketPolicy/,
  not: [[/^DeleteBucketPolicy$/, "Without a policy a bucket grants nothing to others."]],
};
