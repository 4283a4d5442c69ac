import assert from "node:assert/strict";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import { batchesOf, logStreamOf } from "./log-group";
import type { Trail } from "./selectors";

const record = (eventTime: string, note = "") => ({ eventTime, note }) as unknown as CloudTrailRecord;

describe("A trail's log group", () => {
  it("has streams named by account and the trail's region, after the organization's id for the organization's trail", () => {
    const of = (organization: boolean) =>
      logStreamOf({
        trail: { organization, homeRegion: "eu-west-1" } as Trail,
        organizationId: "o-abc",
        account: "333333333333",
      });

    assert.deepEqual(
      [of(false), of(true)],
      ["333333333333_CloudTrail_eu-west-1", "o-abc_333333333333_CloudTrail_eu-west-1"],
    );
  });

  it("receives a log event for each record, in chronological order", () => {
    const records = [record("2026-01-02T03:00:01Z"), record("2026-01-02T03:00:00Z")];

    const [batch = [], ...more] = batchesOf(records);

    assert.deepEqual(more, []);
    assert.deepEqual(
      batch.map(({ timestamp, message = "" }) => [timestamp, JSON.parse(message) as unknown]),
      [
        [Date.parse("2026-01-02T03:00:00Z"), records[1]],
        [Date.parse("2026-01-02T03:00:01Z"), records[0]],
      ],
    );
  });

  it("receives calls of at most 10,000 events and one megabyte", () => {
    const many = batchesOf(Array.from({ length: 10_001 }, () => record("2026-01-02T03:00:00Z")));
    const heavy = batchesOf(
      Array.from({ length: 9 }, () => record("2026-01-02T03:00:00Z", "x".repeat(200_000))),
    );

    assert.deepEqual(
      [many.map(({ length }) => length), heavy.map(({ length }) => length)],
      [
        [10_000, 1],
        [5, 4],
      ],
    );
  });

  it("doesn't receive records above 256 KB, as on AWS", () => {
    const long = record("2026-01-02T03:00:00Z", "x".repeat(256 * 1024));

    assert.deepEqual(batchesOf([long]), []);
  });
});
