import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { buckets, kinds, reading, record, records } from "./testing";

describe("reading a log file with faults", () => {
  const read = reading();

  const text = (item: object): string => JSON.stringify(item);

  it("counts invalid times, and days that don't exist", async () => {
    for (const eventTime of ["banana 5", "1", "2026-02-31T10:00:00Z", "2026-03-01 10:00"]) {
      const result = await read(records(record(1, { eventTime }), record(2)));
      assert.deepEqual([kinds(result), buckets(result)], [["1 × wrong type"], ["bucket-2"]], eventTime);
    }
  });

  it("reports files with nothing but white space", async () => {
    for (const content of ["  \n \n", gzipSync(""), gzipSync(" \n")])
      assert.deepEqual(kinds(await read(content)), ["1 × empty"]);
    assert.deepEqual(kinds(await read('{"Records":[]}')), []);
  });

  const noise = [...Array(400).keys()].map((number) =>
    record(number, { userAgent: String(Math.sin(number) * 1e15).repeat(3) }),
  );

  const cut = gzipSync(records(...noise));

  const broken: [name: string, content: string | Buffer, problems: string[], found: string[]][] = [
    ["an empty file", "", ["1 × empty"], []],
    [
      "a record whose JSON is broken",
      records(record(1), record(2), record(3)).replace('"bucket-2"', 'bucket-2"'),
      ["1 × broken JSON"],
      ["bucket-1", "bucket-3"],
    ],
    [
      "broken lines",
      `${JSON.stringify(record(1))}\n{broken}\n${JSON.stringify(record(2))}\nno JSON\n{"a":"open\n${JSON.stringify(record(3))}`,
      ["3 × broken JSON"],
      ["bucket-1", "bucket-2", "bucket-3"],
    ],
    ["a file that was cut off", records(record(1), record(2)).slice(0, -200), ["1 × cut off"], ["bucket-1"]],
    [
      "a file that ends between records",
      records(record(1), record(2)).slice(0, -2),
      ["1 × cut off"],
      ["bucket-1", "bucket-2"],
    ],
    [
      "a missing name",
      records(record(1), record(2, { eventName: undefined })),
      ["1 × missing field"],
      ["bucket-1"],
    ],
    [
      "a name that is none",
      records(record(1, { eventName: 5 }), record(2)),
      ["1 × wrong type"],
      ["bucket-2"],
    ],
    [
      "a missing source",
      records(record(1, { eventSource: undefined }), record(2)),
      ["1 × missing field"],
      ["bucket-2"],
    ],
    [
      "a time that is none",
      records(record(1, { eventTime: "soon" }), record(2)),
      ["1 × wrong type"],
      ["bucket-2"],
    ],
    ["an identity that is none", records(record(1, { userIdentity: "root" })), [], ["bucket-1"]],
    ["parameters that are none", records(record(1, { requestParameters: "x" })), [], [undefined as never]],
    [
      "a number among records",
      JSON.stringify({ Records: [record(1), 7] }),
      ["1 × broken JSON"],
      ["bucket-1"],
    ],
    [
      "a record that ends before its name, with one behind it that nobody wants",
      `{"Records":[{"eventVersion":"1.08","userIdentity":{"type":"IAMUser"},${text(record(1, { eventName: "GetBucketAcl" }))},${text(record(2))}]}`,
      ["1 × broken JSON"],
      ["bucket-2"],
    ],
    ["something else in JSON", '{"hello":"world"}', ["1 × not a CloudTrail record"], []],
    ["what is neither gzip nor JSON", "\u0000\u0001binary", ["1 × broken JSON"], []],
    ["gzip of three bytes", Buffer.from([0x1f, 0x8b, 8]), ["1 × truncated gzip"], []],
    [
      "a record that is too large",
      records(record(1), record(2, { userAgent: "x".repeat(20e6) }), record(3)),
      ["1 × too large"],
      ["bucket-1", "bucket-3"],
    ],
    ["a digest", '{"digestStartTime":"a","digestEndTime":"b"}', [], []],
  ];

  for (const [name, content, problems, found] of broken) {
    it(`counts ${name} and reads the rest`, async () => {
      const result = await read(content);
      assert.deepEqual(kinds(result), problems);
      assert.deepEqual(buckets(result), found);
    });
  }

  it("reads what a truncated gzip file contains", async () => {
    const result = await read(cut.subarray(0, cut.length - 2000));
    assert.equal(kinds(result)[0], "1 × truncated gzip");
    assert.ok(result.hits.length > 100 && result.hits.length < 400, `${result.hits.length} found`);
  });

  it("reads a corrupt gzip file up to the fault", async () => {
    const damaged = Buffer.from(cut);
    damaged.fill(0xff, cut.length >> 1, (cut.length >> 1) + 200);
    assert.match(kinds(await read(damaged)).join(), /corrupt gzip/);
  });

  it("reads all of a gzip file whose checksum is wrong, large or small", async () => {
    for (const content of [
      records(record(1), record(2)),
      records(...noise),
      `${"x".repeat(9e6)}\n${records(...noise)}`,
    ]) {
      const damaged = gzipSync(content);
      damaged.writeUInt8(damaged.readUInt8(damaged.length - 6) ^ 1, damaged.length - 6);
      const whole = await read(content);
      const result = await read(damaged);
      assert.deepEqual(kinds(result).sort(), ["1 × corrupt gzip", ...kinds(whole)].sort());
      assert.deepEqual([result.records, buckets(result)], [whole.records, buckets(whole)]);
    }
  });

  it("reads nearly all of a gzip file with bad bytes late in it", async () => {
    const damaged = Buffer.from(cut);
    const fault = Math.floor(cut.length * 0.95);
    for (let at = fault; at < fault + 16; at++) damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
    const result = await read(damaged);
    assert.match(kinds(result).join(), /1 × corrupt gzip/);
    assert.ok(result.hits.length > 340 && result.hits.length < 400, `${result.hits.length} found`);
  });

  it("reads truncated lines as fast as others", async () => {
    const lines = Array.from({ length: 16_000 }, (_, number) => text(record(number)).slice(0, 256));
    const began = performance.now();
    const result = await read([...lines, text(record(1))].join("\n"));
    // Searching for an end from each beginning took 45 s.
    assert.ok(performance.now() - began < 8000, `${performance.now() - began} ms`);
    assert.deepEqual(kinds(result), ["16000 × broken JSON"]);
    assert.deepEqual(buckets(result), ["bucket-1"]);
  });

  for (const [what, beginning, times] of [
    ["records", '{"eventVersion":"1.08"\n', 80_000],
    ["objects", '{"a":\n', 80_000],
  ] as const) {
    it(`gives up, and says so, in a file of nothing but beginnings of ${what}`, async () => {
      const result = await read(`${text(record(1))}\n${beginning.repeat(times)}`);
      assert.match(kinds(result).join(), /× broken JSON,1 × given up$/);
      assert.deepEqual(buckets(result), ["bucket-1"]);
    });
  }
});
