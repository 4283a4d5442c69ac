/** Creates a distribution that is off, and has the creation of one without an origin refused. */
import {
  CloudFrontClient,
  CreateDistributionCommand,
  DeleteDistributionCommand,
  GetDistributionCommand,
  type DistributionConfig,
} from "@aws-sdk/client-cloudfront";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runAll, REPORTS_ONLY } from "../lib/drill/steps";
import { DISTRIBUTION } from "./distribution";

interface Distributions {
  /** Known once it was created. */
  made?: string;
  /** The id of no distribution. */
  missing: string;
}

/** CloudFront's own policy "CachingOptimized". */
const CACHE_POLICY = "658327ea-f89d-4fab-a63d-7e88639e58f6";

export const drill: Drill<Record<string, never>, Distributions> = {
  ...REPORTS_ONLY,
  silentBenign: true,

  prepare: () => Promise.resolve({ missing: "E0000000000000" }),

  async offend({ aws, name }, fixture) {
    const origin = { Id: "origin", DomainName: `${name}.example.com` };
    const CustomOriginConfig = { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" as const };
    const DistributionConfig: DistributionConfig = {
      CallerReference: name,
      Comment: "drill",
      Enabled: false,
      Origins: { Quantity: 1, Items: [{ ...origin, CustomOriginConfig }] },
      DefaultCacheBehavior: {
        TargetOriginId: "origin",
        ViewerProtocolPolicy: "https-only",
        CachePolicyId: CACHE_POLICY,
      },
    };
    const made = await new CloudFrontClient(aws).send(new CreateDistributionCommand({ DistributionConfig }));
    fixture.made = made.Distribution?.Id;
  },

  checkReported({ name }, { made = "" }, { findings, facts: { Domain: domain, ...facts } = {} }) {
    const reported = JSON.stringify({ findings, facts });
    const expected = JSON.stringify({
      findings: [`The distribution ${made} was created.`],
      facts: { Origins: `${name}.example.com`, "Viewer protocol": "https-only", Enabled: "no" },
    });
    if (reported !== expected)
      return { good: false, still: `It reported ${reported} instead of ${expected}.` };
    return domain?.endsWith(".cloudfront.net")
      ? { good: true }
      : { good: false, still: "It reported no domain." };
  },

  async benign({ aws }, { missing }) {
    try {
      await new CloudFrontClient(aws).send(new DeleteDistributionCommand({ Id: missing, IfMatch: "E1" }));
    } catch (error) {
      if (error instanceof Error && error.name.startsWith("NoSuchDistribution")) return;
      throw error;
    }
  },

  async cleanUp({ aws }, { made }) {
    if (made === undefined) return;
    const client = new CloudFrontClient(aws);
    const remove = async () => {
      const { ETag: IfMatch } = await client.send(new GetDistributionCommand({ Id: made }));
      await client.send(new DeleteDistributionCommand({ Id: made, IfMatch }));
    };
    await runAll([remove], ["NoSuchDistribution"]);
  },

  resources: (context, { made, missing }) => ({
    offended: arnOf(context, made ?? "E000000"),
    benign: arnOf(context, missing),
  }),
};

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return DISTRIBUTION.arn({ partition: partitionOf(region), account, region, id });
}
