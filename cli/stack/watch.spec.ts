import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { readSettings } from "../../config";
import { CommandError, ExitCode } from "../errors";
import { watchCommand } from "./watch";

const STACK = `# Our stack.
config:
  bailiwick:organizationId: o-a1b2c3d4e5 # never changes
  bailiwick:homeRegion: eu-west-1
  bailiwick:management: { id: "111111111111" }
  bailiwick:security: { id: "222222222222" }
  bailiwick:logArchive: { id: "333333333333" }
  bailiwick:members:
    - { name: payments, id: "444444444444" }
  # Who is notified.
  bailiwick:channels:
    platform:
      email: { addresses: [platform@example.com] }
    audit:
      email: { addresses: [audit@example.com] }
`;

describe("bailiwick watch", () => {
  let folder: string;
  let output: string;
  const write = process.stdout.write.bind(process.stdout);
  const file = () => path.join(folder, "Pulumi.dev.yaml");
  const text = () => readFileSync(file(), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "watch-"));
    writeFileSync(file(), STACK);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (...words: string[]) => {
    output = "";
    process.stdout.write = ((chunk: string) => (output += chunk)) as never;
    try {
      await watchCommand(folder)
        .exitOverride()
        .parseAsync(["node", "watch", ...words]);
    } finally {
      process.stdout.write = write;
    }
    return output;
  };
  const refusal = async (...words: string[]) => {
    const before = text();
    let refused: unknown;
    await run(...words).catch((error: unknown) => (refused = error));
    assert(refused instanceof CommandError, String(refused));
    assert.equal(refused.exitCode, ExitCode.usage);
    assert.equal(text(), before);
    return refused.message;
  };

  /** The watches that the program makes of the stack's file. */
  const watched = () => {
    const { config } = parse(text()) as { config: Record<string, unknown> };
    const values = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const { controls } = readSettings(Object.fromEntries(values) as Record<string, string>);
    return controls.filter(({ watch }) => watch);
  };

  it("adds a watch to the stack's file, which keeps its comments and layout", async () => {
    const answer = await run("add", "iam:CreateUser", "--channel", "platform");

    assert.equal(answer, "Pulumi.dev.yaml: iam:CreateUser notifies platform from the next `pulumi up` on.\n");
    assert.equal(
      text(),
      `${STACK}  bailiwick:watches:\n    - { event: iam:CreateUser, channel: platform }\n`,
    );
  });

  it("becomes a control that the program deploys", async () => {
    await run("add", "iam:CreateUser", "--channel", "platform", "--severity", "high");
    await run("add", "lambda:CreateFunction20150331", "--channel", "audit");

    assert.deepEqual(
      watched().map(({ control, mode }) => [control.id, control.severity, mode]),
      [
        ["watch_platform_iam-createuser", "high", "notify"],
        ["watch_audit_lambda-createfunction20150331", "medium", "notify"],
      ],
    );
  });

  it("adds the same one only once", async () => {
    await run("add", "iam:CreateUser", "--channel", "platform");
    const before = text();

    assert.match(await run("add", "iam:CreateUser", "--channel", "platform"), /already/);
    assert.equal(text(), before);
  });

  it("refuses names that CloudTrail doesn't have, with the nearest ones", async () => {
    assert.equal(
      await refusal("add", "iam:CreateUsr", "--channel", "platform"),
      "iam has no event CreateUsr in CloudTrail. Did you mean iam:CreateUser or iam:CreateRole or iam:UpdateUser?",
    );
    assert.match(
      await refusal("add", "lambda:CreateFunction", "--channel", "platform"),
      /Did you mean lambda:CreateFunction20150331/,
    );
    assert.match(
      await refusal("add", "CreateUser", "--channel", "platform"),
      /service and event with a colon/,
    );
  });

  it("accepts calls that only read, and has its rules receive them", async () => {
    await run("add", "iam:ListUsers", "--channel", "platform");
    await run("add", "iam:CreateUser", "--channel", "platform");

    assert.deepEqual(
      watched().map(({ control }) => [control.id, control.readOnlyEvents]),
      [
        ["watch_platform_iam-listusers", true],
        ["watch_platform_iam-createuser", undefined],
      ],
    );
  });

  it("refuses a channel and a stack that don't exist, with those that do", async () => {
    assert.equal(
      await refusal("add", "iam:CreateUser", "--channel", "platfrom"),
      "Pulumi.dev.yaml has no channel platfrom. Did you mean platform?",
    );
    assert.equal(
      await refusal("add", "iam:CreateUser", "--channel", "platform", "--stack", "dve"),
      "There is no Pulumi.dve.yaml. Did you mean --stack dev?",
    );
  });

  it("lists what there is", async () => {
    assert.equal(await run("list"), "Pulumi.dev.yaml has no watches.\n");
    await run("add", "iam:CreateUser", "--channel", "platform");

    assert.match(await run("list"), /iam:CreateUser.*platform.*medium.*watch_platform_iam-createuser/);
    assert.deepEqual(JSON.parse(await run("list", "--json")), [
      {
        id: "watch_platform_iam-createuser",
        event: "iam:CreateUser",
        channel: "platform",
        severity: "medium",
      },
    ]);
  });

  it("removes a watch by its name or by its id, and leaves the file as it was", async () => {
    await run("add", "iam:CreateUser", "--channel", "platform");
    await run("add", "iam:CreateUser", "--channel", "audit");

    await run("remove", "watch_platform_iam-createuser");
    assert.match(text(), /channel: audit/);
    await run("remove", "iam:CreateUser");

    assert.equal(text(), STACK);
  });

  it("adds to and removes from lists in any layout", async () => {
    const forms = [
      "  bailiwick:watches: [{ event: iam:CreateRole, channel: audit }]\n",
      "  bailiwick:watches:\n    # why\n    - event: iam:CreateRole\n      channel: audit # who\n  bailiwick:archiveRetentionDays: 30\n",
    ];
    for (const form of forms) {
      writeFileSync(file(), STACK + form);
      await run("add", "iam:CreateUser", "--channel", "platform");
      assert.deepEqual(
        (JSON.parse(await run("list", "--json")) as { event: string }[]).map(({ event }) => event),
        ["iam:CreateRole", "iam:CreateUser"],
      );
      await run("remove", "iam:CreateRole");
      assert.deepEqual(
        (JSON.parse(await run("list", "--json")) as { event: string }[]).map(({ event }) => event),
        ["iam:CreateUser"],
      );
      assert.match(text(), /# never changes/);
      if (form.includes("archive"))
        assert.match(text(), /# why\n {4}- { event: iam:CreateUser.*\n {2}bailiwick:archive/);
    }
  });

  it("refuses to remove what isn't watched, with the nearest", async () => {
    await run("add", "iam:CreateUser", "--channel", "platform");

    assert.equal(
      await refusal("remove", "iam:CreateUsers"),
      "Pulumi.dev.yaml has no watch iam:CreateUsers. Did you mean iam:CreateUser?",
    );
  });
});
