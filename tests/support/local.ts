/** A local organization with the program deployed into it, for the tests of one file. */
import { GetObjectCommand, ListBucketsCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { gunzipSync } from "node:zlib";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import type { Settings } from "../../config";
import { outcomeFeed } from "../../rehearsal/drill/outcome-feed";
import { engineFor } from "../../rehearsal/deploy";
import { pathFacts } from "../../rehearsal/drill/path-facts";
import { diagnoseWith } from "../../rehearsal/drill/diagnose";
import { drillCases, type Selection } from "../../rehearsal/drill/cases";
import { runDrills } from "../../rehearsal/drill/run-drills";
import type { DrillOptions, DrillResult } from "../../rehearsal/drill/types";
import type { DeploymentResult, Engine } from "@bailiwick/local-aws";
import type { Organization } from "@bailiwick/local-aws";
import { startOrganizationOf } from "../../rehearsal/organization";
import { readStack, settingsOf, type Stack } from "../../rehearsal/stack";

export interface Deployed {
  organization: Organization;
  stack: Stack;
  settings: Settings;
  engine: Engine;
  result: DeploymentResult;
  /** Id of the account with this name. */
  account: (name: string) => string;
  drill: (selection: Selection, options?: Partial<DrillOptions>) => Promise<DrillResult[]>;
}

const ENFORCE = { mode: "enforce" };
/** Three controls, of three protocols, stand for all: they deploy in a fraction of the catalogue's time. */
const THREE_CONTROLS = {
  "bailiwick:defaultMode": "off",
  "bailiwick:controls": {
    "s3-bucket-policy-not-public": ENFORCE,
    "ec2-security-group-admin-ports-closed": ENFORCE,
    "cloudtrail-trail-logging": ENFORCE,
  },
};

/** The local stack with few controls on, and changed like this: what is changed goes first. */
export const localStack = (changes: Record<string, unknown> = {}): Stack =>
  readStack("local", { ...THREE_CONTROLS, ...changes });

/** Starts and deploys before the tests of the enclosing `describe`, and stops after them. @returns a function for use in tests. */
export function deployedOrganization(changes: Record<string, unknown> = {}): () => Deployed {
  let deployed: Deployed | undefined;
  let organization: Organization | undefined;
  before(async function () {
    this.timeout(180_000);
    const stack = localStack(changes);
    const settings = settingsOf(stack);
    const started = await startOrganizationOf(settings);
    organization = started;
    const engine = engineFor(started, stack);
    deployed = {
      organization: started,
      stack,
      settings,
      engine,
      result: await engine.up(),
      account: (name) => {
        const found = started.accounts.find((each) => each.name === name);
        if (found === undefined) throw new Error(`The local organization has no account ${name}.`);
        return found.id;
      },
      drill: (selection, options = {}) =>
        runDrills(started, drillCases(settings, selection), {
          ...options,
          outcomes: outcomeFeed(started.trace),
          diagnose: diagnoseWith(started.trace, pathFacts(started)),
        }),
    };
  });
  after(() => organization?.stop());
  return () => {
    if (deployed === undefined) throw new Error("The organization isn't deployed: use it inside of tests.");
    return deployed;
  };
}

/** All records that the organization's trail has written so far. */
export async function trailRecords({ organization, account }: Deployed): Promise<CloudTrailRecord[]> {
  await organization.gateway.allReported();
  await organization.cloudTrail.flush();
  const s3 = new S3Client({ ...organization.aws(account("log-archive")), forcePathStyle: true });
  const { Buckets: buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const records: CloudTrailRecord[] = [];
  for (const { Name: Bucket } of buckets) {
    for await (const { Contents: files = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
      for (const { Key } of files.filter(({ Key: key = "" }) => key.includes("/CloudTrail/"))) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const text = gunzipSync((await Body?.transformToByteArray()) ?? "").toString();
        records.push(...(JSON.parse(text) as { Records: CloudTrailRecord[] }).Records);
      }
    }
  }
  return records;
}

/** Asks repeatedly until there is an answer. @throws when there is none within `milliseconds`. */
export async function eventually<Answer>(
  ask: () => Promise<Answer | undefined>,
  what: string,
  milliseconds = 10_000,
): Promise<Answer> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${milliseconds} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
