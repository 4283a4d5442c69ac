/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "s3",
  noun: /^CreateBucket/,
  not: [[/^CreateBucketMetadata/, "It is about a bucket that exists."]],
};
