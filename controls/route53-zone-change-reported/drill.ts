/** Creates a hosted zone, and then adds an address record, which is not reported. */
import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  Route53Client,
  type ChangeAction,
} from "@aws-sdk/client-route-53";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { AwsClientConfig } from "../lib/aws-client";
import type { Drill, DrillContext } from "../lib/drill/drill";
import { runAll, sameReport, REPORTS_ONLY } from "../lib/drill/steps";
import { ZONE } from "./zone";

interface Zones {
  /** The zone's id, known once it was created. */
  made?: string;
}

const GONE = ["NoSuchHostedZone"];

export const drill: Drill<Record<string, never>, Zones> = {
  ...REPORTS_ONLY,

  prepare: () => Promise.resolve({}),

  async offend({ aws, name }, fixture) {
    fixture.made = await create(aws, `made.${name}.example.com`);
  },

  checkReported: ({ name }, _, outcome) =>
    sameReport(outcome, {
      findings: [`The public hosted zone made.${name}.example.com. was created.`],
      facts: { Domain: `made.${name}.example.com.` },
    }),

  benign: (context, { made = "" }) => address(context, made, "CREATE"),

  async cleanUp(context, { made }) {
    if (made === undefined) return;
    const client = new Route53Client(context.aws);
    await runAll([() => address(context, made, "DELETE")], [...GONE, "InvalidChangeBatch"]);
    await runAll([() => client.send(new DeleteHostedZoneCommand({ Id: made }))], GONE);
  },

  resources: (context, { made = "Z0" }) => ({
    offended: arnOf(context, made),
    benign: arnOf(context, made),
  }),
};

async function create(aws: AwsClientConfig, Name: string): Promise<string> {
  const made = await new Route53Client(aws).send(
    new CreateHostedZoneCommand({ Name, CallerReference: Name }),
  );
  return (made.HostedZone?.Id ?? "").replace("/hostedzone/", "");
}

async function address(
  { aws, name }: DrillContext,
  HostedZoneId: string,
  Action: ChangeAction,
): Promise<void> {
  const ResourceRecordSet = {
    Name: `www.made.${name}.example.com`,
    Type: "A" as const,
    TTL: 60,
    ResourceRecords: [{ Value: "192.0.2.1" }],
  };
  const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
  await new Route53Client(aws).send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return ZONE.arn({ partition: partitionOf(region), account, region, id });
}
