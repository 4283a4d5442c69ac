/** Log files and what reading them finds, for specs of the backtest. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlById } from "../../../controls";
import { LogReader } from "./reader";
import type { FileResult, ReadOptions } from "./result";

/** The controls of most specs. */
export const CONTROLS = ["s3-bucket-policy-not-public"];

/** A record as CloudTrail writes it; `undefined` leaves a field out. */
export function record(number: number, changes: Record<string, unknown> = {}): object {
  return {
    eventVersion: "1.11",
    userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111111111111:user/ann", accountId: "111111111111" },
    eventTime: `2026-03-${String(1 + (number % 28)).padStart(2, "0")}T10:00:00Z`,
    eventSource: "s3.amazonaws.com",
    eventName: "PutBucketPolicy",
    awsRegion: "eu-west-1",
    sourceIPAddress: "192.0.2.1",
    userAgent: "test",
    requestParameters: { bucketName: `bucket-${number}` },
    responseElements: null,
    requestID: "r",
    eventID: `event-${number}`,
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: "111111111111",
    ...changes,
  };
}

/** A log file of AWS with these records. */
export const records = (...list: object[]): string =>
  `{"Records":[${list.map((item) => JSON.stringify(item)).join()}]}`;

/** Changes that make a record one of a call that no control asks for. */
export const other = { eventName: "DescribeInstances", eventSource: "ec2.amazonaws.com" };

/** A folder for each test of the enclosing `describe`. */
export function temporaryFolder(): {
  path: () => string;
  write: (name: string, content: string | Buffer) => string;
} {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "backtest-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path: () => folder,
    write(name, content) {
      const file = join(folder, name);
      writeFileSync(file, content);
      return file;
    },
  };
}

/** Reads a file with this content; for the tests of the enclosing `describe`. */
export function reading(): (
  content: string | Buffer,
  options?: Partial<ReadOptions> & { controls?: string[] },
) => Promise<FileResult> {
  const { write } = temporaryFolder();
  return (content, { controls = CONTROLS, ...options } = {}) =>
    new LogReader(controls.map(controlById), { accounts: [], ...options }).read(write("log", content));
}

/** The buckets of the matches. */
export const buckets = ({ hits }: FileResult): (string | undefined)[] =>
  hits.map(({ resources: [resource] }) => resource?.arn.split(":::")[1]);

/** The problems, each with its count. */
export const kinds = ({ problems }: FileResult): string[] =>
  problems.map(({ kind, count }) => `${count} × ${kind}`);
