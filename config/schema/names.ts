/** AWS's rules for names, so that a name it would refuse in the middle of a deployment is refused before. */
import * as v from "valibot";

/** A rule and what it expects, in the words of a fault. */
type NameRule = readonly [isKept: (name: string) => boolean, expected: string];

/** Reports only the first broken rule: the others often follow from it. */
export const followsRules = (rules: readonly NameRule[]) =>
  v.rawCheck<string>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const broken = rules.find(([isKept]) => !isKept(dataset.value));
    if (broken) addIssue({ message: broken[1] });
  });

const isNotAnAddress: NameRule = [
  (name) => !/^\d{1,3}(\.\d{1,3}){3}$/.test(name),
  "a name that doesn't look like an IPv4 address",
];

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html */
export const trailNameRules = followsRules([
  [
    (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/.test(name),
    "3 to 128 letters, digits, dots, hyphens and underscores, beginning and ending with a letter or digit",
  ],
  [(name) => !/[._-]{2}/.test(name), "a name without adjacent dots, hyphens or underscores"],
  isNotAnAddress,
]);

/** S3 reserves these for other things than general purpose buckets. */
const RESERVED_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
/** `-an` is for buckets in an account's own namespace, to which the log bucket doesn't belong. */
const RESERVED_SUFFIXES = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/**
 * S3's rules for general purpose buckets, and CloudTrail's, which requires letters or digits on both sides of a dot.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const bucketNameRules = followsRules([
  [
    (name) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name),
    "3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit",
  ],
  [(name) => !/\.[.-]|-\./.test(name), "a name without a dot next to another dot or a hyphen"],
  isNotAnAddress,
  [
    (name) => !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)),
    `a name that begins with none of ${RESERVED_PREFIXES.join(", ")}, which S3 reserves`,
  ],
  [
    (name) => !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix)),
    `a name that ends with none of ${RESERVED_SUFFIXES.join(", ")}, which S3 reserves`,
  ],
]);
