/** Lifecycle rules in the API's form, and back. https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html */
import type { LifecycleRule, LifecycleRuleFilter, TransitionStorageClass } from "@aws-sdk/client-s3";
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import {
  defined,
  flag,
  number,
  object,
  objects,
  only,
  tagList,
  tagMap,
  text,
  type Tags,
} from "../resource-type";

const RULE = [
  "id",
  "status",
  "prefix",
  "filter",
  "transitions",
  "expiration",
  "noncurrentVersionTransitions",
  "noncurrentVersionExpiration",
  "abortIncompleteMultipartUpload",
];

export function toLifecycleRule(rule: JsonObject): LifecycleRule {
  only(rule, "rules", RULE);
  const [expiration, noncurrent, abort] = [
    object(rule["expiration"]),
    object(rule["noncurrentVersionExpiration"]),
    object(rule["abortIncompleteMultipartUpload"]),
  ];
  if (expiration) only(expiration, "expiration", ["days", "date", "expiredObjectDeleteMarker"]);
  if (noncurrent)
    only(noncurrent, "noncurrentVersionExpiration", ["noncurrentDays", "newerNoncurrentVersions"]);
  const transitions = objects(rule["transitions"]).map((transition) => {
    only(transition, "transitions", ["days", "date", "storageClass"]);
    return {
      Days: number(transition["days"]),
      Date: date(transition["date"]),
      StorageClass: text(transition["storageClass"]) as TransitionStorageClass,
    };
  });
  const later = objects(rule["noncurrentVersionTransitions"]).map((transition) => {
    only(transition, "noncurrentVersionTransitions", [
      "noncurrentDays",
      "newerNoncurrentVersions",
      "storageClass",
    ]);
    return {
      NoncurrentDays: number(transition["noncurrentDays"]),
      NewerNoncurrentVersions: number(transition["newerNoncurrentVersions"]),
      StorageClass: text(transition["storageClass"]) as TransitionStorageClass,
    };
  });
  return {
    ID: text(rule["id"]),
    Status: text(rule["status"]) as LifecycleRule["Status"],
    // A rule needs a filter. One without limits selects every object.
    ...(rule["prefix"] === undefined
      ? { Filter: toFilter(object(rule["filter"]) ?? {}) }
      : { Prefix: text(rule["prefix"]) }),
    ...(transitions.length > 0 ? { Transitions: transitions } : {}),
    ...(later.length > 0 ? { NoncurrentVersionTransitions: later } : {}),
    ...(expiration && {
      Expiration: {
        Days: number(expiration["days"]),
        Date: date(expiration["date"]),
        ExpiredObjectDeleteMarker: flag(expiration["expiredObjectDeleteMarker"]),
      },
    }),
    ...(noncurrent && {
      NoncurrentVersionExpiration: {
        NoncurrentDays: number(noncurrent["noncurrentDays"]),
        NewerNoncurrentVersions: number(noncurrent["newerNoncurrentVersions"]),
      },
    }),
    ...(abort && {
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: number(abort["daysAfterInitiation"]) },
    }),
  };
}

function date(value: Json | undefined): Date | undefined {
  const given = text(value);
  return given ? new Date(given) : undefined;
}

function toFilter(filter: JsonObject): LifecycleRuleFilter {
  only(filter, "filter", ["prefix", "tag", "and", "objectSizeGreaterThan", "objectSizeLessThan"]);
  const [tag, and] = [object(filter["tag"]), object(filter["and"])];
  if (and) only(and, "and", ["prefix", "tags", "objectSizeGreaterThan", "objectSizeLessThan"]);
  if (tag) return { Tag: { Key: text(tag["key"]) ?? "", Value: text(tag["value"]) ?? "" } };
  if (and)
    return {
      And: {
        Prefix: text(and["prefix"]),
        Tags: tagList((object(and["tags"]) ?? {}) as Tags),
        ObjectSizeGreaterThan: number(and["objectSizeGreaterThan"]),
        ObjectSizeLessThan: number(and["objectSizeLessThan"]),
      },
    };
  const [larger, smaller] = [number(filter["objectSizeGreaterThan"]), number(filter["objectSizeLessThan"])];
  if (larger !== undefined) return { ObjectSizeGreaterThan: larger };
  if (smaller !== undefined) return { ObjectSizeLessThan: smaller };
  return { Prefix: text(filter["prefix"]) ?? "" };
}

export function fromLifecycleRule(rule: LifecycleRule): Json {
  const { Expiration: expiration, NoncurrentVersionExpiration: noncurrent, Filter: filter } = rule;
  const and = filter?.And;
  return defined({
    id: rule.ID,
    status: rule.Status,
    prefix: rule.Prefix,
    filter:
      filter &&
      defined({
        prefix: filter.Prefix || undefined,
        tag: filter.Tag && defined({ key: filter.Tag.Key, value: filter.Tag.Value }),
        objectSizeGreaterThan: filter.ObjectSizeGreaterThan,
        objectSizeLessThan: filter.ObjectSizeLessThan,
        and:
          and &&
          defined({
            prefix: and.Prefix,
            tags: and.Tags && tagMap(and.Tags),
            objectSizeGreaterThan: and.ObjectSizeGreaterThan,
            objectSizeLessThan: and.ObjectSizeLessThan,
          }),
      }),
    transitions: rule.Transitions?.map((transition) =>
      defined({
        days: transition.Days,
        date: transition.Date?.toISOString(),
        storageClass: transition.StorageClass,
      }),
    ),
    expiration:
      expiration &&
      defined({
        days: expiration.Days,
        date: expiration.Date?.toISOString(),
        expiredObjectDeleteMarker: expiration.ExpiredObjectDeleteMarker,
      }),
    noncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map((transition) =>
      defined({
        noncurrentDays: transition.NoncurrentDays,
        newerNoncurrentVersions: transition.NewerNoncurrentVersions,
        storageClass: transition.StorageClass,
      }),
    ),
    noncurrentVersionExpiration:
      noncurrent &&
      defined({
        noncurrentDays: noncurrent.NoncurrentDays,
        newerNoncurrentVersions: noncurrent.NewerNoncurrentVersions,
      }),
    abortIncompleteMultipartUpload:
      rule.AbortIncompleteMultipartUpload &&
      defined({ daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation }),
  });
}
