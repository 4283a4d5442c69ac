/** A burst of offending events across three accounts, through the whole local organization. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { readFileSync } from "node:fs";
import { listEntries } from "../../cli/hub/ledger-items";
import { descendantsOf } from "../../cli/processes";
import { LEDGER_TABLE_NAME } from "../../contract/names";
import type { Organization } from "@bailiwick/local-aws";
import type { settingsOf } from "../../rehearsal/stack";
import { round, type Measured } from "../measure";
import { CONTROL, makeBucket, publicPolicy } from "./public-bucket";

/** Makes `burst` buckets public at once, in three accounts, and waits until the ledger has a final entry for each. */
export async function measureBurst(
  organization: Organization,
  { members, homeRegion }: ReturnType<typeof settingsOf>,
  burst: number,
): Promise<Pick<Measured, "figures" | "targets">> {
  const buckets = Array.from({ length: burst }, (_, index) => ({
    name: `bench-burst-${index}`,
    account: members[index % 3]?.id ?? "",
  }));
  const clients = (endpoint: string) =>
    new Map(
      members.map(({ id }) => [
        id,
        new S3Client({ ...organization.aws(id, homeRegion), endpoint, forcePathStyle: true }),
      ]),
    );
  const direct = clients(organization.emulator.url);
  await inParallel(buckets, 20, async ({ name, account }) => {
    const s3 = direct.get(account);
    if (s3) await makeBucket(s3, name, homeRegion);
  });
  const gateway = clients(organization.endpointUrl);
  const began = performance.now();
  await inParallel(buckets, 50, ({ name, account }) =>
    Promise.resolve(
      gateway.get(account)?.send(new PutBucketPolicyCommand({ Bucket: name, Policy: publicPolicy(name) })),
    ),
  );
  const offended = performance.now() - began;
  const ledger = new DynamoDBClient({
    ...organization.aws(organizationSecurity(organization)),
    endpoint: organization.emulator.url,
  });
  const read = () =>
    listEntries(ledger, LEDGER_TABLE_NAME, {
      controls: [CONTROL],
      resource: "bench-burst-",
      limit: 10 * burst,
    });
  const deadline = Date.now() + 600_000;
  let found = await read();
  while (found.filter(({ status }) => status === "done").length < burst && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    found = await read();
  }
  const took = performance.now() - began;
  const remediated = found.filter(({ outcome }) => outcome.outcome === "remediated");
  const different = new Set(remediated.map(({ outcome }) => outcome.resource?.arn)).size;
  const twice = found.filter(({ steps }) => steps.length > 1).length + remediated.length - different;
  return {
    figures: {
      "burst: events made, seconds": round(offended / 1000),
      "burst: all handled, seconds": round(took / 1000),
      "burst: retried": found.filter(({ outcome }) => (outcome.attempt ?? 1) > 1).length,
      "burst: memory of the largest function, MB": round(largestFunction()),
    },
    targets: [
      { what: "burst: remediated", figure: different, least: burst },
      { what: "burst: remediated twice", figure: twice, most: 0 },
    ],
  };
}

const organizationSecurity = ({ accounts }: Organization) =>
  accounts.find(({ kind }) => kind === "security")?.id ?? "";

/** Peak memory of the Node.js processes in which the emulator runs functions; NaN where there is no /proc. */
function largestFunction(): number {
  const peaks = descendantsOf(process.pid).flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const isNode = /^Name:\s+(node|MainThread)/m.test(status);
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
      return isNode && peak !== undefined ? [Number(peak) / 1000] : [];
    } catch {
      return [];
    }
  });
  return peaks.length === 0 ? Number.NaN : Math.max(...peaks);
}

async function inParallel<T>(
  items: readonly T[],
  at: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: at }, worker));
}
