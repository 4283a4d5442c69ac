/** A drill that needs no organization, and results, for specs. */
import type { Drill } from "../../../controls/lib/drill/drill";
import type { Outcome } from "../../../controls/lib/outcome";
import type { ResourceReference } from "../../../controls/lib/resources";
import { summaryOf, type DrillReport } from "../report/report";
import type {
  DrillAccount,
  DrillCase,
  Diagnose,
  DrillOrganization,
  DrillResult,
  OutcomeFeed,
} from "../types";

const ACCOUNTS: DrillAccount[] = [
  { id: "100000000001", name: "management", kind: "management" },
  { id: "100000000002", name: "security", kind: "security" },
  { id: "100000000003", name: "log-archive", kind: "logArchive" },
  { id: "200000000001", name: "payments", kind: "member" },
  { id: "200000000002", name: "web", kind: "member" },
];
const PAYMENTS: DrillAccount = { id: "200000000001", name: "payments", kind: "member" };
export const CONTROL = "s3-bucket-policy-not-public";

/** Outcomes that a spec reports by hand. */
export function fakeFeed(): OutcomeFeed & { report: (outcome: Outcome) => void; listeners: number } {
  const listeners = new Set<(outcome: Outcome) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    report: (outcome) => {
      for (const listener of listeners) listener(outcome);
    },
    get listeners() {
      return listeners.size;
    },
  };
}

export function outcomeOf(arn: string, outcome: Outcome["outcome"], more: Partial<Outcome> = {}): Outcome {
  const resource: ResourceReference = {
    account: PAYMENTS.id,
    region: "eu-west-1",
    type: "AWS::S3::Bucket",
    id: arn.split(":").at(-1) ?? "",
    arn,
  };
  return {
    control: CONTROL,
    eventId: "event",
    resource,
    outcome,
    findings: [],
    remedies: [],
    durationMilliseconds: 1,
    ...more,
  };
}

/** The methods as properties, so that specs can take them out and wrap them. */
type Optional = "checkReported" | "needsInsights" | "silentBenign" | "times";
type Methods = {
  [Name in Exclude<keyof Drill<unknown, unknown>, Optional>]: Drill<unknown, unknown>[Name] extends (
    ...given: infer Given
  ) => infer Answer
    ? (this: void, ...given: Given) => Answer
    : never;
};

export interface FakeDrill extends Methods, Pick<Drill<unknown, unknown>, Optional> {
  calls: string[];
  /** Whether the required state holds. */
  state: { good: boolean; benignGood: boolean };
}

/** Each method adds its name to `calls`; `overrides` replace methods. */
export function fakeDrill(overrides: Partial<Drill<unknown, unknown>> = {}): FakeDrill {
  const calls: string[] = [];
  const state = { good: true, benignGood: true };
  return {
    calls,
    state,
    async prepare() {
      calls.push("prepare");
      return {};
    },
    async offend() {
      calls.push("offend");
      state.good = false;
    },
    async check() {
      return state.good ? { good: true } : { good: false, still: "it is open" };
    },
    async benign() {
      calls.push("benign");
    },
    async checkBenign() {
      return state.benignGood ? { good: true } : { good: false, still: "its policy is gone" };
    },
    async cleanUp() {
      calls.push("cleanUp");
    },
    resources: ({ name }) => ({
      offended: `arn:aws:s3:::${name}-open`,
      benign: `arn:aws:s3:::${name}-shared`,
    }),
    ...overrides,
  };
}

/** A drill whose resource is remediated and reported, as functions do. */
export function remediatedDrill(
  feed: ReturnType<typeof fakeFeed>,
  outcome: Outcome["outcome"] = "remediated",
  afterMilliseconds = 5,
): FakeDrill {
  const drill = fakeDrill();
  const { offend, benign } = drill;
  drill.offend = async (context, fixture) => {
    await offend(context, fixture);
    setTimeout(() => {
      if (outcome === "remediated") drill.state.good = true;
      feed.report(outcomeOf(drill.resources(context, fixture).offended, outcome));
    }, afterMilliseconds);
  };
  drill.benign = async (context, fixture) => {
    await benign(context, fixture);
    setTimeout(() => feed.report(outcomeOf(drill.resources(context, fixture).benign, "compliant")), 5);
  };
  return drill;
}

/** A diagnosis for drills whose cause doesn't matter. */
export const someCause: Diagnose = async () => ({ cause: "The cause.", final: true });

export function caseOf(drill: Drill<unknown, unknown>, more: Partial<DrillCase> = {}): DrillCase {
  const pattern = { detail: { eventName: ["PutBucketPolicy"] } };
  const control = { id: CONTROL, title: "Buckets are not public", severity: "critical" as const, pattern };
  return { control, drill, parameters: {}, mode: "enforce", account: PAYMENTS, region: "eu-west-1", ...more };
}

export const fakeOrganization = (
  died: Promise<string> = new Promise(() => undefined),
): DrillOrganization => ({
  homeRegion: "eu-west-1",
  accounts: ACCOUNTS,
  aws: (account, region) => ({ region, credentials: { accessKeyId: account, secretAccessKey: "test" } }),
  died,
});

export const resultOf = (more: Partial<DrillResult> = {}): DrillResult => ({
  control: CONTROL,
  title: "Buckets are not public",
  severity: "critical",
  accountId: PAYMENTS.id,
  accountName: PAYMENTS.name,
  region: "eu-west-1",
  mode: "enforce",
  held: true,
  detected: true,
  fixed: true,
  milliseconds: 120.4,
  outcome: "remediated",
  benign: "untouched",
  ...more,
});

export const failedResult = (cause: string, more: Partial<DrillResult> = {}): DrillResult =>
  resultOf({
    held: false,
    detected: false,
    fixed: false,
    milliseconds: undefined,
    outcome: "none",
    benign: "not tried",
    cause,
    ...more,
  });

export const reportOf = (results: DrillResult[]): DrillReport => ({
  version: 1,
  startedAt: "2026-01-02T03:04:05.678Z",
  phases: [
    { name: "start", milliseconds: 2_000 },
    { name: "drill", milliseconds: 3_500 },
  ],
  organization: {
    id: "o-bailiwick0",
    homeRegion: "eu-west-1",
    regions: ["eu-west-1", "us-east-1"],
    accounts: ACCOUNTS,
  },
  controls: [{ id: CONTROL, title: "Buckets are not public", severity: "critical", mode: "enforce" }],
  concurrency: 4,
  results,
  summary: summaryOf(results),
  versions: { bailiwick: "0.1.0" },
});
