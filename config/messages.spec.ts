import assert from "node:assert/strict";
import { asPulumi, faultsOf, valid } from "../tests/support/configuration";
import { readSettings } from ".";

const HOOK = "https://hooks.slack.com/services/T00/B00/veryverysecret";

describe("channels and watches", () => {
  it("are absent by default", () => {
    const settings = readSettings(asPulumi(valid));

    assert.deepEqual(settings.channels, []);
    assert(settings.controls.every(({ watch }) => watch === undefined));
  });

  it("are read with their defaults", () => {
    const settings = readSettings(
      asPulumi({
        ...valid,
        channels: {
          platform: { slack: { webhookUrl: HOOK }, minimumSeverity: "high", accounts: ["444444444444"] },
          audit: { email: { addresses: ["audit@example.com"] }, groupSeconds: 300 },
        },
        watches: [{ event: "iam:CreateUser", channel: "audit" }],
      }),
    );

    assert.deepEqual(settings.channels, [
      {
        name: "platform",
        to: { kind: "slack", webhookUrl: HOOK },
        minimumSeverity: "high",
        accounts: ["444444444444"],
        groupSeconds: 30,
      },
      {
        name: "audit",
        to: { kind: "email", addresses: ["audit@example.com"] },
        minimumSeverity: "low",
        groupSeconds: 300,
      },
    ]);
    const last = settings.controls.at(-1);
    assert.equal(last?.control.id, "watch_audit_iam-createuser");
    assert.equal(last.mode, "notify");
    assert.deepEqual(last.watch, { event: "iam:CreateUser", channel: "audit", severity: "medium" });
  });

  it("have each fault reported, and no secret repeated", () => {
    const faults = faultsOf({
      ...valid,
      channels: {
        one: {},
        two: { slack: { webhookUrl: HOOK }, email: { addresses: ["a@example.com"] } },
        three: { slack: { webhookUrl: HOOK }, controls: ["nothing-of-the-kind"] },
      },
      watches: [
        { event: "iam:CreateUsr", channel: "three" },
        { event: "iam:CreateUser", channel: "four" },
        { event: "iam:CreateRole", channel: "three" },
        { event: "iam:CreateRole", channel: "three" },
      ],
    });

    assert.deepEqual(
      faults.map(({ path, found }) => [path, found]),
      [
        ["bailiwick:channels.one", "neither slack nor email"],
        ["bailiwick:channels.two", "slack and email"],
        ["bailiwick:channels.three.controls[0]", '"nothing-of-the-kind"'],
        ["bailiwick:watches[0].event", '"iam:CreateUsr"'],
        ["bailiwick:watches[1].channel", '"four"'],
        ["bailiwick:watches[3]", "iam:CreateRole for three a second time"],
      ],
    );
    assert.equal(faults[3]?.example, "iam:CreateUser or iam:CreateRole or iam:UpdateUser");
    assert(!JSON.stringify(faults).includes("veryverysecret"));
  });

  for (const [what, channels] of Object.entries({
    "a webhook without https": {
      a: { slack: { webhookUrl: "http://hooks.slack.com/services/veryverysecret" } },
    },
    "a webhook that isn't text": { a: { slack: { webhookUrl: ["veryverysecret"] } } },
    "a webhook in the wrong place": { a: { slack: "https://hooks.slack.com/veryverysecret" } },
    "channels that are text": "https://hooks.slack.com/veryverysecret",
  }))
    it(`never repeat ${what}`, () => {
      const faults = faultsOf({ ...valid, channels });

      assert.equal(faults.length, 1);
      assert(!JSON.stringify(faults).includes("veryverysecret"), JSON.stringify(faults));
    });

  it("refuse a watch whose keys in the ledger would begin like another one's, which few pairs of names do", () => {
    const email = { addresses: ["a@example.com"] };
    const channels = { "team-63": { email }, "team-5016": { email } };
    const watches = Object.keys(channels).map((channel) => ({ event: "iam:CreateUser", channel }));

    const [fault, ...others] = faultsOf({ ...valid, channels, watches });

    assert.deepEqual(
      [fault?.path, fault?.found],
      [
        "bailiwick:watches[1]",
        "iam:CreateUser for team-5016, whose keys in the ledger begin like those of watch_team-63_iam-createuser",
      ],
    );
    assert.deepEqual(others, []);
  });

  it("accept a webhook on this machine without https", () => {
    const channels = { a: { slack: { webhookUrl: "http://127.0.0.1:4711/services/T/B/key" } } };

    assert.deepEqual(faultsOf({ ...valid, channels }), []);
  });

  it("refuse an invalid name and invalid e-mail addresses", () => {
    const faults = faultsOf({ ...valid, channels: { Platform_1: { email: { addresses: ["nobody"] } } } });

    assert.deepEqual(
      faults.map(({ path }) => path),
      ["bailiwick:channels.Platform_1", "bailiwick:channels.Platform_1.email.addresses[0]"],
    );
  });

  it("refuse conditions whose event pattern is longer than EventBridge accepts", () => {
    const accounts = Array.from({ length: 150 }, (_, index) => String(400_000_000_000 + index));
    const members = accounts.map((id, index) => ({ name: `member-${index}`, id }));
    const channels = { a: { email: { addresses: ["a@b.co"] }, accounts } };
    const [fault, ...others] = faultsOf({ ...valid, members, channels });

    assert.equal(fault?.path, "bailiwick:channels.a");
    assert.match(fault.found, /pattern of \d{4} characters/);
    assert.deepEqual(others, []);
  });
});
