/**
 * What the gateway and CloudTrail add to a call: the same calls alternately straight to the emulator and through the gateway, by one
 * client each with its own connection; a trail records every call through the gateway.
 */
import { Command } from "commander";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { MEMBER, startRecordedOrganization } from "@bailiwick/local-aws/testing/recorded-organization";
import { median, print, type Measured } from "./measure";

const WARM_UP_CALLS = 30;
const MOST_MILLISECONDS = 5;

/** @param calls of each kind are measured by each route. */
async function measureGateway({ calls = 300 }: { calls?: number } = {}): Promise<Measured> {
  const organization = await startRecordedOrganization();
  try {
    const through = organization.config(MEMBER);
    const straight = { ...through, endpoint: organization.emulator.url };
    const Bucket = "measured";
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: `arn:aws:s3:::${Bucket}/*` }],
    });
    await new S3Client({ ...straight, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket }));
    const kinds = (config: typeof through) => {
      const ec2 = new EC2Client(config);
      const s3 = new S3Client({ ...config, forcePathStyle: true });
      const sts = new STSClient(config);
      return {
        DescribeVpcs: () => ec2.send(new DescribeVpcsCommand({})),
        PutBucketPolicy: () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy })),
        GetCallerIdentity: () => sts.send(new GetCallerIdentityCommand({})),
      };
    };
    const routes = { straight: kinds(straight), through: kinds(through) };
    const figures: Record<string, number> = {};
    const added: number[] = [];
    for (const kind of Object.keys(routes.straight) as (keyof typeof routes.straight)[]) {
      const took = { straight: [] as number[], through: [] as number[] };
      for (let count = 0; count < WARM_UP_CALLS + calls; count += 1)
        for (const route of ["straight", "through"] as const) {
          const began = performance.now();
          await routes[route][kind]();
          if (count >= WARM_UP_CALLS) took[route].push(performance.now() - began);
        }
      const [bare, behind] = [median(took.straight), median(took.through)];
      figures[`${kind}, emulator alone, median, ms`] = round(bare);
      figures[`${kind}, through the gateway, median, ms`] = round(behind);
      added.push(behind - bare);
    }
    await organization.gateway.allReported();
    const { recorded } = organization.cloudTrail.statistics;
    if (recorded < added.length * calls) throw new Error(`Only ${recorded} calls were recorded.`);
    return {
      title: "What the gateway adds to a call",
      setting: { "calls of each kind, by each route": calls },
      figures,
      targets: [
        { what: "added by the gateway, median, ms", figure: Math.max(...added), most: MOST_MILLISECONDS },
      ],
    };
  } finally {
    await organization.stop();
  }
}

const round = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;

export function gatewayBench(): Command {
  return new Command("gateway")
    .description("Measures what the gateway adds to a call, compared with the emulator alone.")
    .option("--calls <number>", "calls of each kind, by each route", Number, 300)
    .option("--json", "answer in JSON")
    .action(async ({ calls, json = false }: { calls: number; json?: boolean }) => {
      print(await measureGateway({ calls }), json);
    });
}
