import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { controls as catalogue } from "../../../controls";
import { NameFilter } from "./names";
import { Splitter } from "./splitter";
import { buckets, kinds, other, reading, record, records } from "./testing";

describe("reading a log file", () => {
  const read = reading();

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
});
