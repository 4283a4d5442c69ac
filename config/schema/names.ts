/** Names that AWS has rules of its own for: what it would refuse in the middle of a deployment is refused before. */
import * as v from "valibot";

/** What a name must be, in the words of a fault. */
export type NameRule = readonly [keeps: (name: string) => boolean, expected: string];

/** Of several broken rules the first is told: the others often follow from it. */
export const keepsRules = (rules: readonly NameRule[]) =>
  v.rawCheck<string>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const broken = rules.find(([keeps]) => !keeps(dataset.value));
    if (broken) addIssue({ message: broken[1] });
  });

const isNoAddress: NameRule = [
  (name) => !/^\d{1,3}(\.\d{1,3}){3}$/.test(name),
  "a name that doesn't look like an IPv4 address",
];

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html */
export const trailNameRules = keepsRules([
  [
    (name) => /^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/.test(name),
    "3 to 128 letters, digits, dots, hyphens and underscores, with a letter or digit first and last",
  ],
  [(name) => !/[._-]{2}/.test(name), "no two of dot, hyphen and underscore side by side"],
  isNoAddress,
]);

/** For things that aren't general purpose buckets. */
const RESERVED_BEGINNINGS = ["xn--", "sthree-", "amzn-s3-demo-"];
/** `-an` is for buckets in an account's own namespace, which the log bucket isn't in. */
const RESERVED_ENDS = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/**
 * S3's rules for general purpose buckets, and CloudTrail's, which wants letters and digits on both sides of a dot.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const bucketNameRules = keepsRules([
  [
    (name) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name),
    "3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit first and last",
  ],
  [(name) => !/\.[.-]|-\./.test(name), "no dot beside another dot or a hyphen"],
  isNoAddress,
  [
    (name) => !RESERVED_BEGINNINGS.some((beginning) => name.startsWith(beginning)),
    `a name that begins with none of ${RESERVED_BEGINNINGS.join(", ")}, which S3 reserves`,
  ],
  [
    (name) => !RESERVED_ENDS.some((end) => name.endsWith(end)),
    `a name that ends with none of ${RESERVED_ENDS.join(", ")}, which S3 reserves`,
  ],
]);
