import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { controlById, controls as catalogue } from "../../controls";
import { backtest, backtestCommand } from "./backtest";
import { NameFilter } from "./backtest/names";
import { summaryPage } from "./backtest/page";
import { LogReader } from "./backtest/reader";
import type { FileResult, ReadOptions } from "./backtest/result";
import { summaryText } from "./backtest/text";
import { Splitter } from "./backtest/splitter";
import { CommandError } from "../errors";

const controls = ["s3-bucket-policy-not-public"];

/** As CloudTrail writes it; `undefined` leaves a field out. */
function record(number: number, changes: Record<string, unknown> = {}): object {
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
const records = (...list: object[]): string =>
  `{"Records":[${list.map((item) => JSON.stringify(item)).join()}]}`;

describe("the backtest", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "backtest-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string | Buffer): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const read = async (
    content: string | Buffer,
    { controls: ids = controls, ...options }: Partial<ReadOptions> & { controls?: string[] } = {},
  ): Promise<FileResult> =>
    new LogReader(ids.map(controlById), { accounts: [], ...options }).read(write("log", content));
  const buckets = ({ hits }: FileResult): (string | undefined)[] =>
    hits.map(({ resources: [resource] }) => resource?.arn.split(":::")[1]);
  const kinds = ({ problems }: FileResult): string[] =>
    problems.map(({ kind, count }) => `${count} × ${kind}`);

  const other = { eventName: "DescribeInstances", eventSource: "ec2.amazonaws.com" };
  const layouts: [name: string, content: string | Buffer][] = [
    ["AWS's own, gzipped", gzipSync(records(record(1), record(2, other), record(3)))],
    ["AWS's own, as text", records(record(1), record(2, other), record(3))],
    [
      "AWS's own, two gzip members",
      Buffer.concat([gzipSync(records(record(1), record(2, other))), gzipSync(records(record(3)))]),
    ],
    ["pretty-printed", JSON.stringify({ Records: [record(1), record(2, other), record(3)] }, null, 2)],
    ["an array", JSON.stringify([record(1), record(2, other), record(3)])],
    [
      "JSON lines",
      [record(1), record(2, other), record(3)].map((item) => `${JSON.stringify(item)}\r\n`).join(""),
    ],
    ["with a byte order mark", `\ufeff${records(record(1), record(2, other), record(3))}`],
    [
      "with other fields around",
      JSON.stringify({ version: 1, Records: [record(1), record(2, other), record(3)] }),
    ],
    [
      "EventBridge events",
      [1, 2, 3]
        .map((number) =>
          JSON.stringify({
            ...{
              version: "0",
              id: `event-${number}`,
              "detail-type": "AWS API Call via CloudTrail",
              source: "aws.s3",
            },
            ...{ account: "111111111111", time: "2026-03-02T00:00:00Z", region: "eu-west-1", resources: [] },
            detail: record(number, number === 2 ? other : {}),
          }),
        )
        .join("\n"),
    ],
  ];
  for (const [name, content] of layouts) {
    it(`reads ${name}`, async () => {
      const result = await read(content);
      assert.deepEqual(result.problems, []);
      assert.equal(result.records, 3);
      assert.deepEqual(buckets(result), ["bucket-1", "bucket-3"]);
    });
  }

  it("reads in pieces as it reads at once, wherever the pieces end", () => {
    const text = Buffer.from(
      records(record(1), record(2, other), record(3, { userAgent: 'x"},{"eventVersion":"' })),
    );
    const whole = itemsOf((splitter) => splitter.whole(text));
    assert.equal(whole.records, 3);
    for (let size = 1; size < text.length; size += 7) {
      const pieces = itemsOf((splitter) => {
        for (let at = 0; at < text.length; at += size) splitter.push(text.subarray(at, at + size));
        splitter.end();
      });
      assert.deepEqual(
        { ...pieces, items: [], passed: 0 },
        { ...whole, items: [], passed: 0 },
        `pieces of ${size}`,
      );
    }
  });

  const text = (item: object): string => JSON.stringify(item);
  const sorted = (item: object): string =>
    text(Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))));
  const spaced = (item: object): string => text(item).replace("{", "{ ");
  const unwanted = [text(record(91, other)), text(record(92, other))] as const;
  const list = (...items: string[]): string => `{"Records":[${items.join()}]}`;
  const mixed: [name: string, content: string, count: number, found: string[], problems?: string[]][] = [
    ["with sorted fields", list(unwanted[0], sorted(record(1)), unwanted[1]), 3, ["bucket-1"]],
    ["with a space", list(unwanted[0], spaced(record(1)), unwanted[1]), 3, ["bucket-1"]],
    ["that is the last", list(unwanted[0], sorted(record(1))), 2, ["bucket-1"]],
    [
      "that has others like it beside it",
      list(unwanted[0], sorted(record(1)), spaced(record(2)), sorted(record(3)), unwanted[1]),
      5,
      ["bucket-1", "bucket-2", "bucket-3"],
    ],
    [
      "without a version",
      list(unwanted[0], text(record(1, { eventVersion: undefined })), unwanted[1]),
      3,
      ["bucket-1"],
    ],
    [
      "in another file's text behind",
      `${list(unwanted[0])}${list(sorted(record(1)))}\n${list(unwanted[0])}\n${list(spaced(record(2)), unwanted[1])}`,
      5,
      ["bucket-1", "bucket-2"],
    ],
    [
      "behind what is no record",
      list(unwanted[0], 'null,5,"junk",{"broken":,}', sorted(record(1)), unwanted[1]),
      3,
      ["bucket-1"],
      ["2 × broken JSON"],
    ],
    [
      "before what is no record",
      list(unwanted[0], sorted(record(1)), "null", unwanted[1], '"junk"'),
      3,
      ["bucket-1"],
      ["2 × broken JSON"],
    ],
  ];
  for (const [name, content, number, found, problems = []] of mixed) {
    it(`finds among records by AWS one ${name}`, async () => {
      const result = await read(content);
      assert.deepEqual(buckets(result), found);
      assert.equal(result.records, number);
      assert.deepEqual(kinds(result), problems);
    });
  }

  it("takes text like records inside a record as a part of it", async () => {
    const inner = { a: 1, eventType: "AwsApiCall" };
    for (const [changes, found] of [
      [{}, [undefined]],
      [other, []],
    ] as const) {
      for (const nested of [
        [inner, { eventVersion: "2" }],
        [inner, record(5), record(6)],
        [record(7, other)],
      ]) {
        const holder = record(1, { ...changes, requestParameters: { nested } });
        const result = await read(list(unwanted[0], text(holder), unwanted[1]));
        assert.deepEqual(result.problems, []);
        assert.equal(result.records, 3);
        assert.deepEqual(buckets(result), found);
      }
    }
  });

  it("continues after a record that is nested too deep", async () => {
    const deep = text(record(2, { errorCode: "@" })).replace('"@"', "[".repeat(2e5) + "]".repeat(2e5));
    for (const content of [
      [text(record(1)), deep, text(record(3))].join("\n"),
      `{"version":1,"Records":[${[text(record(1)), deep, text(record(3))].join()}]}`,
    ]) {
      const result = await read(content);
      assert.ok(kinds(result).includes("1 × unreadable record"), kinds(result).join());
      assert.deepEqual(buckets(result), ["bucket-1", "bucket-3"]);
    }
  });

  it("reads events whose detail has a source of another type", async () => {
    const stopped = (number: number, detail: object): string =>
      text({
        ...{ version: "0", id: `e${number}`, "detail-type": "EC2 Instance State-change Notification" },
        ...{ source: "aws.ec2", account: "111111111111", region: "eu-west-1", resources: [] },
        ...{ time: "2026-03-02T00:00:00Z", detail: { state: "stopped", "instance-id": "i-0a", ...detail } },
      });
    const lines = [{}, { eventSource: 5 }, { eventSource: null, eventName: {} }, {}].map((detail, number) =>
      stopped(number, detail),
    );
    const result = await read(lines.join("\n"), { controls: catalogue.map(({ id }) => id) });
    assert.deepEqual(
      result.problems.filter(({ kind }) => kind !== "resource unknown"),
      [],
    );
    assert.deepEqual([...new Set(result.hits.map(({ id }) => id))], ["e0", "e1", "e2", "e3"]);
  });

  function itemsOf(run: (splitter: Splitter) => void): {
    items: string[];
    passed: number;
    broken: string[];
    records: number;
  } {
    const seen = { items: [] as string[], passed: 0, broken: [] as string[], records: 0 };
    const names = new NameFilter((name) => name === "PutBucketPolicy");
    run(
      new Splitter(names, {
        item: (bytes) => {
          JSON.parse(bytes.toString());
          seen.records++;
          return seen.items.push(bytes.toString()) > 0;
        },
        passed: (count) => {
          seen.passed += count;
          seen.records += count;
        },
        broken: (kind) => void seen.broken.push(kind),
      }),
    );
    return seen;
  }

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

  it("reads a time without a zone as UTC, and refuses to write a page into a missing folder", async () => {
    const command = backtestCommand();
    command.parseOptions(["--since", "2026-03-01T12:00", "--until", "2026-03-02"]);
    assert.deepEqual(command.opts(), { since: Date.UTC(2026, 2, 1, 12), until: Date.UTC(2026, 2, 2) });
    await assert.rejects(
      backtest([folder], { html: join(folder, "no", "page.html") }),
      (error) =>
        error instanceof CommandError && error.exitCode === 2 && /there is no folder/.test(error.message),
    );
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

  it("distinguishes names with the same slot in its filter", () => {
    const names = new NameFilter((name) => name === "PutBucketPolicy");
    const wanted = (name: string): boolean => names.isWanted(Buffer.from(`${name}"`), 0);
    assert.deepEqual(["GetBucketPolicy", "PutBucketPolicy", "GetBucketPolicy"].map(wanted), [
      false,
      true,
      false,
    ]);
    assert.equal(wanted("with\\u0041escape"), true);
  });

  const insight = {
    eventVersion: "1.09",
    eventTime: "2026-03-02T10:00:00Z",
    awsRegion: "eu-west-1",
    eventID: "insight",
    eventType: "AwsCloudTrailInsight",
    recipientAccountId: "111111111111",
    insightDetails: {
      state: "Start",
      eventSource: "ec2.amazonaws.com",
      eventName: "DescribeInstances",
      insightType: "ApiCallRateInsight",
    },
    eventCategory: "Insight",
  };
  for (const [layout, content] of [
    ["log files", records(insight, record(2, other))],
    ["JSON lines", `${JSON.stringify(insight)}\n${JSON.stringify(record(2, other))}\n`],
  ] as const) {
    it(`finds insights in ${layout}, which name no call of their own`, async () => {
      const result = await read(content, { controls: ["cloudtrail-insight-reported"] });
      assert.deepEqual(result.problems, []);
      assert.equal(result.records, 2);
      assert.deepEqual(
        result.hits.map(({ id, resources }) => [id, resources[0]?.arn]),
        [
          [
            "insight",
            "arn:aws:cloudtrail:eu-west-1:111111111111:insight/DescribeInstances.ec2.amazonaws.com",
          ],
        ],
      );
    });
  }

  it("counts each resource of a call about several, and read-only calls where the control's rules receive them", async () => {
    const instances = ["i-0a1b2c3d4e5f60718", "i-0b2c3d4e5f6071829"];
    const started = {
      ...{ eventSource: "ec2.amazonaws.com", eventName: "StartInstances" },
      responseElements: { instancesSet: { items: instances.map((instanceId) => ({ instanceId })) } },
    };
    const secret = {
      ...{ eventSource: "secretsmanager.amazonaws.com", eventName: "GetSecretValue", readOnly: true },
      requestParameters: { secretId: "prod/db" },
    };
    const ids = ["ec2-instance-owner-tagged", "secretsmanager-secret-read-reported"];
    const result = await read(records(record(1, started), record(2, secret)), { controls: ids });
    assert.deepEqual(
      result.hits.map(({ control, withheld, resources }) => [ids[control], withheld, resources.length]),
      [
        ["ec2-instance-owner-tagged", false, 2],
        ["secretsmanager-secret-read-reported", false, 1],
      ],
    );
  });

  it("does not parse what no control of the whole catalogue can match", async () => {
    const calls = [other, { eventName: "GetBucketPolicy" }, { eventName: "Decrypt" }];
    const content = records(...calls.map((changes, number) => record(number, changes)));
    const result = await read(content, { controls: catalogue.map(({ id }) => id) });
    assert.deepEqual([result.records, result.examined], [3, 0]);
  });

  it("filters by time and account", async () => {
    const content = records(
      record(1),
      record(2),
      record(3),
      record(4, { recipientAccountId: "222222222222" }),
    );
    const since = Date.parse("2026-03-03T10:00:00Z");
    const until = Date.parse("2026-03-05T10:00:00Z");
    assert.deepEqual(buckets(await read(content, { since })), ["bucket-2", "bucket-3", "bucket-4"]);
    assert.deepEqual(buckets(await read(content, { since, until })), ["bucket-2", "bucket-3"]);
    assert.deepEqual(buckets(await read(content, { accounts: ["222222222222"] })), ["bucket-4"]);
  });

  it("adds up folders on all cores, counts repeated events once, and reports files with faults", async () => {
    mkdirSync(join(folder, "deep", "er"), { recursive: true });
    const failed = record(6, { errorCode: "AccessDenied" });
    write("deep/er/a.json.gz", gzipSync(records(record(1), record(2), failed)));
    write(
      "deep/b.jsonl",
      `${JSON.stringify(record(2))}\n${JSON.stringify(record(3, { awsRegion: "us-east-1" }))}\n{broken}\n`,
    );
    write("deep/readme.md", "not a log");
    const summary = await backtest([folder], { control: controls, threads: 2 });
    const [finding] = summary.controls;
    assert.deepEqual(summary.files, { read: 2, withProblems: 1, ignored: { ".md": 1 } });
    assert.deepEqual(summary.records, { total: 5, examined: 5, repeated: 1 });
    assert.equal(finding?.fired, 3);
    assert.deepEqual(finding.regions, { "eu-west-1": 2, "us-east-1": 1 });
    assert.deepEqual(finding.days, { "2026-03-02": 1, "2026-03-03": 1, "2026-03-04": 1 });
    assert.deepEqual([finding.first, finding.last], ["2026-03-02T10:00:00Z", "2026-03-04T10:00:00Z"]);
    assert.deepEqual(finding.principals, { "arn:aws:iam::111111111111:user/ann": 3 });
    assert.equal(finding.enforce.resources.length, 3);
    const page = await summaryPage(summary);
    assert.match(page, /<svg[\s\S]*bucket-3[\s\S]*b\.jsonl/);
    assert.doesNotMatch(page, /<script|src=|<link/);
  });

  it("follows links to folders, also those that lead in a circle", async () => {
    mkdirSync(join(folder, "logs"));
    mkdirSync(join(folder, "elsewhere"));
    write("elsewhere/a.json", records(record(1)));
    symlinkSync(join(folder, "elsewhere"), join(folder, "logs", "linked"));
    symlinkSync(join(folder, "logs"), join(folder, "elsewhere", "back"));
    const summary = await backtest([join(folder, "logs")], { control: controls, threads: 1 });
    assert.deepEqual(summary.files, { read: 1, withProblems: 0, ignored: {} });
    assert.equal(summary.controls[0]?.fired, 1);
  });

  it("counts a call that is there as a record and as an event once", async () => {
    const event = {
      ...{ version: "0", id: "another", "detail-type": "AWS API Call via CloudTrail", source: "aws.s3" },
      ...{ account: "111111111111", time: "2026-03-02T00:00:00Z", region: "eu-west-1", resources: [] },
      detail: record(1),
    };
    write("a.jsonl", `${text(record(1))}\n${text(event)}\n`);
    const summary = await backtest([folder], { control: controls, threads: 1 });
    assert.equal(summary.controls[0]?.fired, 1);
    assert.equal(summary.records.repeated, 1);
  });

  it("removes control characters of files from the terminal's text", async () => {
    write("a.json", records(record(1, { userIdentity: { arn: "a\u001b]0;b\u0007\u009bc" } })));
    const shown = summaryText(await backtest([folder], { control: controls, threads: 1 }));
    assert.match(shown, /a\ufffd\]0;b\ufffd\ufffdc/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it("escapes text from files in the page", async () => {
    write("a.json", records(record(1, { userIdentity: { arn: "<img onerror=alert(1)>" } })));
    const page = await summaryPage(await backtest([folder], { control: controls, threads: 1 }));
    assert.match(page, /&#60;img onerror/);
    assert.doesNotMatch(page, /<img/);
  });

  it("refuses what it can't do, and says what to do", async () => {
    const refuses = (paths: string[], options: object, message: RegExp): Promise<void> =>
      assert.rejects(
        backtest(paths, options),
        (error) => error instanceof CommandError && message.test(error.message),
      );
    await refuses([join(folder, "nothing")], {}, /nothing: doesn't exist/);
    await refuses([folder], {}, /no log files/);
    await refuses(["s3://bucket/AWSLogs"], {}, /aws s3 sync s3:\/\/bucket\/AWSLogs/);
    await refuses(
      [folder],
      { control: ["s3-bucket-policy-not-publik"] },
      /Did you mean s3-bucket-policy-not-public/,
    );
    await refuses([folder], { since: 2, until: 1 }, /--since must be before --until/);
    for (const wrong of [
      ["--since", "soon"],
      ["--since", "2026-02-31"],
      ["--account", "1"],
      ["--threads", "0"],
    ]) {
      const command = backtestCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => undefined });
      await assert.rejects(command.parseAsync(["node", "backtest", folder, ...wrong]), {
        code: "commander.invalidArgument",
      });
    }
  });
});
