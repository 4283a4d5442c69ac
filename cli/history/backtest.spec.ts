import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { backtest, backtestCommand } from "./backtest";
import { summaryPage } from "./backtest/page";
import { CONTROLS, record, records, temporaryFolder } from "./backtest/testing";
import { summaryText } from "./backtest/text";
import { CommandError } from "../errors";

describe("the backtest", () => {
  const { path: folder, write } = temporaryFolder();

  const text = (item: object): string => JSON.stringify(item);

  it("reads a time without a zone as UTC, and refuses to write a page into a missing folder", async () => {
    const command = backtestCommand();
    command.parseOptions(["--since", "2026-03-01T12:00", "--until", "2026-03-02"]);
    assert.deepEqual(command.opts(), { since: Date.UTC(2026, 2, 1, 12), until: Date.UTC(2026, 2, 2) });
    await assert.rejects(
      backtest([folder()], { html: join(folder(), "no", "page.html") }),
      (error) =>
        error instanceof CommandError && error.exitCode === 2 && /there is no folder/.test(error.message),
    );
  });

  it("adds up folders on all cores, counts repeated events once, and reports files with faults", async () => {
    mkdirSync(join(folder(), "deep", "er"), { recursive: true });
    const failed = record(6, { errorCode: "AccessDenied" });
    write("deep/er/a.json.gz", gzipSync(records(record(1), record(2), failed)));
    write(
      "deep/b.jsonl",
      `${JSON.stringify(record(2))}\n${JSON.stringify(record(3, { awsRegion: "us-east-1" }))}\n{broken}\n`,
    );
    write("deep/readme.md", "not a log");
    const summary = await backtest([folder()], { control: CONTROLS, threads: 2 });
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
    mkdirSync(join(folder(), "logs"));
    mkdirSync(join(folder(), "elsewhere"));
    write("elsewhere/a.json", records(record(1)));
    symlinkSync(join(folder(), "elsewhere"), join(folder(), "logs", "linked"));
    symlinkSync(join(folder(), "logs"), join(folder(), "elsewhere", "back"));
    const summary = await backtest([join(folder(), "logs")], { control: CONTROLS, threads: 1 });
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
    const summary = await backtest([folder()], { control: CONTROLS, threads: 1 });
    assert.equal(summary.controls[0]?.fired, 1);
    assert.equal(summary.records.repeated, 1);
  });

  it("removes control characters of files from the terminal's text", async () => {
    write("a.json", records(record(1, { userIdentity: { arn: "a\u001b]0;b\u0007\u009bc" } })));
    const shown = summaryText(await backtest([folder()], { control: CONTROLS, threads: 1 }));
    assert.match(shown, /a\ufffd\]0;b\ufffd\ufffdc/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it("escapes text from files in the page", async () => {
    write("a.json", records(record(1, { userIdentity: { arn: "<img onerror=alert(1)>" } })));
    const page = await summaryPage(await backtest([folder()], { control: CONTROLS, threads: 1 }));
    assert.match(page, /&#60;img onerror/);
    assert.doesNotMatch(page, /<img/);
  });

  it("refuses what it can't do, and says what to do", async () => {
    const refuses = (paths: string[], options: object, message: RegExp): Promise<void> =>
      assert.rejects(
        backtest(paths, options),
        (error) => error instanceof CommandError && message.test(error.message),
      );
    await refuses([join(folder(), "nothing")], {}, /nothing: doesn't exist/);
    await refuses([folder()], {}, /no log files/);
    await refuses(["s3://bucket/AWSLogs"], {}, /aws s3 sync s3:\/\/bucket\/AWSLogs/);
    await refuses(
      [folder()],
      { control: ["s3-bucket-policy-not-publik"] },
      /Did you mean s3-bucket-policy-not-public/,
    );
    await refuses([folder()], { since: 2, until: 1 }, /--since must be before --until/);
    for (const wrong of [
      ["--since", "soon"],
      ["--since", "2026-02-31"],
      ["--account", "1"],
      ["--threads", "0"],
    ]) {
      const command = backtestCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => undefined });
      await assert.rejects(command.parseAsync(["node", "backtest", folder(), ...wrong]), {
        code: "commander.invalidArgument",
      });
    }
  });
});
