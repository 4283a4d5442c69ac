/**
 * How long an API call's event takes from a member account to the control's queue in the hub: gateway, CloudTrail, default bus,
 * forwarding rule with its role, hub bus with its policy, hub rule, queue with its policy; in an organization with the program
 * deployed, by the path of real calls.
 */
import { Command } from "commander";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { engineFor } from "../rehearsal/deploy";
import type { Organization } from "@bailiwick/local-aws";
import { startOrganizationOf } from "../rehearsal/organization";
import { readStack, settingsOf } from "../rehearsal/stack";
import type { ExplainedStep } from "@bailiwick/local-aws/trace";
import { median, print, type Measured } from "./measure";

interface DeliveryOptions {
  /** The number of measured calls. */
  calls?: number;
  /** The number of events in a burst, put straight on the member's bus. 0: no burst. */
  burst?: number;
}

const PATIENCE_MILLISECONDS = 10_000;
const WARM_UP_CALLS = 10;

async function measureDelivery({ calls = 100, burst = 10_000 }: DeliveryOptions = {}): Promise<Measured> {
  const stack = readStack("local");
  const settings = settingsOf(stack);
  const organization = await startOrganizationOf(settings);
  try {
    await engineFor(organization, stack).up();
    const [member] = settings.members;
    const region = settings.regions.find((name) => name !== settings.homeRegion) ?? settings.homeRegion;
    if (member === undefined) throw new Error("The local stack has no member account.");
    const sent: number[] = [];
    const answered: number[] = [];
    await withBucket(organization, member.id, region, async (call) => {
      for (let count = 0; count < WARM_UP_CALLS + calls; count++) {
        const { begun, ended, queued } = await call(count);
        if (count < WARM_UP_CALLS) continue;
        sent.push(queued - begun);
        answered.push(queued - ended);
      }
    });
    const figures: Record<string, number> = {
      "from the call's start, median, ms": round(median(sent)),
      "from the call's start, 95 of 100, ms": round(share(sent, 0.95)),
      "from the call's answer, median, ms": round(median(answered)),
      "from the call's answer, 95 of 100, ms": round(share(answered, 0.95)),
    };
    if (burst > 0)
      figures["in a burst, events a second"] = await burstOf(organization, member.id, region, burst);
    return {
      title: "From a member's call to the control's queue in the hub",
      setting: { accounts: organization.accounts.length, regions: organization.regions.length, calls, burst },
      figures,
      targets: [{ what: "median from the call's answer, ms", figure: median(answered), most: 20 }],
    };
  } finally {
    await organization.stop();
  }
}

interface Timed {
  /** Milliseconds since 1970: the client sends, the client has the answer, the queue has the message. */
  begun: number;
  ended: number;
  queued: number;
}

/** Calls that a control evaluates and finds compliant. */
async function withBucket(
  organization: Organization,
  account: string,
  region: string,
  work: (call: (count: number) => Promise<Timed>) => Promise<void>,
): Promise<void> {
  const s3 = new S3Client({ ...organization.aws(account, region), forcePathStyle: true });
  const Bucket = "bench-delivery";
  const LocationConstraint = region === "us-east-1" ? undefined : (region as "eu-west-1");
  const CreateBucketConfiguration = LocationConstraint && { LocationConstraint };
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  try {
    await work(async (count) => {
      const Principal = { AWS: `arn:aws:iam::${account}:root` };
      const Resource = `arn:aws:s3:::${Bucket}/${count}`;
      const statement = { Effect: "Allow", Principal, Action: "s3:GetObject", Resource };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const begun = now();
      await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
      const ended = now();
      const since = begun - 1;
      const queued = await step(
        organization,
        { account, region, since },
        (one) => one.data?.["to"] === "queue",
      );
      // The next call must find the organization idle.
      await step(organization, { account, region, since }, ({ stage }) => stage === "outcome");
      return { begun, ended, queued: queued.at };
    });
  } finally {
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
    s3.destroy();
  }
}

/** Waits for a step on the path of the PutBucketPolicy call since then. */
async function step(
  { trace }: Organization,
  where: { account: string; region: string; since: number },
  wanted: (step: ExplainedStep) => boolean,
): Promise<ExplainedStep> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const [call] = trace.find({ ...where, eventName: "PutBucketPolicy" });
    const path = call && trace.explain(call.cloudTrailEventId ?? "");
    const found = path?.steps.find(wanted);
    if (found) return found;
    if (path?.stopped !== undefined) throw new Error(path.stopped);
    if (Date.now() > deadline) throw new Error(path?.pending ?? "The call was not seen.");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Puts events that a hub rule matches on the member's bus, all at once. @returns how many reach the hub's queue per second. The function
 * that reads the queue is disabled, because its work would be measured too.
 */
async function burstOf(
  organization: Organization,
  account: string,
  region: string,
  count: number,
): Promise<number> {
  const { fabric, accounts, homeRegion } = organization;
  const hub = accounts.find(({ kind }) => kind === "security")?.id ?? "";
  const lambda = new LambdaClient(organization.aws(hub, homeRegion));
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
  for (const { UUID } of EventSourceMappings)
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  lambda.destroy();
  await fabric.idle();
  const began = now();
  for (let index = 0; index < count; index++) {
    void fabric.publish(account, region, "default", {
      version: "0",
      id: `burst-${index}`,
      "detail-type": "AWS API Call via CloudTrail",
      source: "aws.s3",
      account,
      region,
      time: "2026-03-01T12:00:00Z",
      resources: [],
      detail: {
        eventSource: "s3.amazonaws.com",
        eventName: "PutBucketPolicy",
        eventID: `burst-${index}`,
        requestParameters: { bucketName: "bench-delivery-burst" },
      },
    });
  }
  await fabric.idle();
  return Math.round((count * 1000) / (now() - began));
}

const now = (): number => performance.timeOrigin + performance.now();
const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
const share = (numbers: readonly number[], part: number): number =>
  [...numbers].sort((one, other) => one - other)[Math.ceil(numbers.length * part) - 1] ?? Number.NaN;

export function deliveryBench(): Command {
  return new Command("delivery")
    .description(
      "events: milliseconds from a member's call to the hub's queue, and events a second in a burst",
    )
    .option("--json", "print the figures as JSON")
    .option("--calls <number>", "calls that are measured", Number)
    .option("--burst <number>", "events of the burst; 0 for none", Number)
    .action(async ({ json, ...options }: DeliveryOptions & { json?: boolean }) =>
      print(await measureDelivery(options), json === true),
    );
}
