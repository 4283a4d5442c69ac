/** Reports changes to CloudFront distributions. */
import type { Control } from "../lib/control";
import { apiCalls } from "../lib/event-fields";
import { CHANGES, describeChange, DISTRIBUTION, distributionOf, TENANT } from "./distribution";

const VERSION = "2020_05_31";
export const control: Control = {
  id: "cloudfront-distribution-change-reported",
  formerIds: ["cloudfront-distribution-change-told"],
  title: "CloudFront distribution created, changed or deleted",
  description:
    "A distribution decides where a website's visitors get its pages from. Each creation, change and deletion of a distribution or of a " +
    "distribution tenant, and each name or web ACL that is given or taken, is reported with the distribution's origins, its names and " +
    "how it treats plain HTTP. CloudFront is global: its calls are recorded in us-east-1.",
  severity: "medium",
  frameworks: ["AWS FSBP CloudFront.3", "NIST 800-53 r5 CM-3"],
  resourceType: DISTRIBUTION.type,
  otherResourceTypes: [TENANT.type],
  global: true,
  pattern: apiCalls(
    "cloudfront",
    CHANGES.flatMap((name) => [`${name}${VERSION}`, name]),
  ),
  resource: distributionOf,
  remediationSteps:
    "If nobody expected the change, compare the distribution's configuration with the program that manages it, and deploy that program " +
    "again. Check new origins first: they see what visitors send.",
  unpreventable:
    "Changing a distribution is no fault, and a change made by a program has been reviewed with it.",
  describe: describeChange,
};
