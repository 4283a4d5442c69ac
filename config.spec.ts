import assert from "node:assert/strict";
import { ConfigurationError, readSettings, type Fault } from "./config";
import { readStack } from "./local/stack";

const valid = {
  organizationId: "o-a1b2c3d4e5",
  homeRegion: "eu-west-1",
  regions: ["eu-central-1"],
  management: { id: "111111111111" },
  security: { id: "222222222222" },
  logArchive: { id: "333333333333" },
  members: [{ name: "payments", id: "444444444444" }],
};

/** As Pulumi hands values over: strings as they are, everything else as JSON. */
const asPulumi = (values: object) =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`bailiwick:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
  );

function faultsOf(values: object): Fault[] {
  try {
    readSettings(asPulumi(values));
  } catch (error) {
    assert(error instanceof ConfigurationError, String(error));
    return error.faults;
  }
  return [];
}

describe("readSettings", () => {
  it("completes a minimal configuration with the defaults", () => {
    const settings = readSettings(asPulumi(valid));

    assert.equal(settings.partition, "aws");
    assert.deepEqual(settings.regions, ["eu-west-1", "eu-central-1", "us-east-1"]);
    assert.equal(settings.accessRoleName, "OrganizationAccountAccessRole");
    assert.equal(settings.credentialsAccountId, "111111111111");
    assert.equal(settings.protectEvidence, true);
    assert.deepEqual(
      settings.governed.map(({ name }) => name),
      ["management", "security", "log-archive", "payments"],
    );
    assert(settings.controls.length > 0);
    assert(settings.controls.every(({ mode }) => mode === "notify"));
  });

  it("governs only members when the core accounts are left out", () => {
    const settings = readSettings(asPulumi({ ...valid, governCoreAccounts: false }));

    assert.deepEqual(
      settings.governed.map(({ name }) => name),
      ["payments"],
    );
  });

  it("takes the region of global services from the partition", () => {
    const settings = readSettings(asPulumi({ ...valid, homeRegion: "us-gov-east-1", regions: [] }));

    assert.equal(settings.partition, "aws-us-gov");
    assert.deepEqual(settings.regions, ["us-gov-east-1", "us-gov-west-1"]);
  });

  it("leaves out controls that are off, and keeps modes of single accounts", () => {
    const settings = readSettings(
      asPulumi({
        ...valid,
        controls: {
          "cloudtrail-trail-logging": { mode: "off" },
          "s3-bucket-policy-not-public": { mode: "enforce", accounts: { "444444444444": "notify" } },
        },
      }),
    );

    const ids = settings.controls.map(({ control }) => control.id);
    assert(!ids.includes("cloudtrail-trail-logging"));
    const s3 = settings.controls.find(({ control }) => control.id === "s3-bucket-policy-not-public");
    assert.equal(s3?.mode, "enforce");
    assert.deepEqual(s3.accountModes, { "444444444444": "notify" });
  });

  it("ignores other namespaces", () => {
    assert.doesNotThrow(() => readSettings({ ...asPulumi(valid), "aws:region": "eu-west-1" }));
  });

  it("lists every fault at once, with path, what was found, what is expected and an example", () => {
    const faults = faultsOf({
      ...valid,
      organizationId: undefined,
      homeRegion: "Ireland",
      security: { id: 222222222222 },
      trail: { retentionDays: 10 },
    });

    assert.deepEqual(faults, [
      {
        path: "bailiwick:organizationId",
        found: "nothing",
        expected: "the organization's id",
        example: "o-a1b2c3d4e5",
      },
      {
        path: "bailiwick:homeRegion",
        found: '"Ireland"',
        expected: "the code of an AWS region",
        example: "eu-west-1",
      },
      {
        path: "bailiwick:security.id",
        found: "222222222222",
        expected: "12 digits in quotes",
        example: '"210987654321"',
      },
      {
        path: "bailiwick:trail.retentionDays",
        found: "10",
        expected: "a whole number of days from 90 to 36500",
        example: "2557",
      },
    ]);
  });

  it("says all of it in the message", () => {
    assert.throws(() => readSettings(asPulumi({ ...valid, homeRegion: "Ireland" })), {
      name: "ConfigurationError",
      message:
        "The stack's configuration has one fault (edit Pulumi.<stack>.yaml):\n" +
        '  bailiwick:homeRegion: found "Ireland", expected the code of an AWS region, for example eu-west-1',
    });
  });

  it("names the keys there are when one is unknown", () => {
    const [fault] = faultsOf({ ...valid, trail: { retentionDay: 400 } });

    assert.equal(fault?.path, "bailiwick:trail.retentionDay");
    assert.equal(fault.found, "an unknown key");
    assert.match(fault.expected, /^one of name, bucketName, .*retentionDays/);
  });

  it("refuses an unknown top-level key", () => {
    const [fault] = faultsOf({ ...valid, organisationId: "o-a1b2c3d4e5" });

    assert.equal(fault?.path, "bailiwick:organisationId");
    assert.equal(fault.found, "an unknown key");
  });

  it("refuses an unknown control, with the ids there are", () => {
    const [fault] = faultsOf({ ...valid, controls: { "s3-bucket-public": { mode: "enforce" } } });

    assert.equal(fault?.path, "bailiwick:controls.s3-bucket-public");
    assert.match(fault.expected, /s3-bucket-policy-not-public/);
  });

  it("refuses an unknown mode", () => {
    const [fault] = faultsOf({ ...valid, controls: { "s3-bucket-policy-not-public": { mode: "fix" } } });

    assert.deepEqual(fault, {
      path: "bailiwick:controls.s3-bucket-policy-not-public.mode",
      found: '"fix"',
      expected: "off, notify or enforce",
      example: "notify",
    });
  });

  it("refuses parameters that a control does not take", () => {
    const given = { "cloudtrail-trail-logging": { parameters: { ports: [22] } } };

    const [fault] = faultsOf({ ...valid, controls: given });

    assert.equal(fault?.path, "bailiwick:controls.cloudtrail-trail-logging.parameters.ports");
  });

  it("hands parameters to the control that takes them", () => {
    const bad = { "ec2-security-group-admin-ports-closed": { parameters: { ports: [70_000] } } };

    const [fault] = faultsOf({ ...valid, controls: bad });

    assert.match(
      fault?.path ?? "",
      /^bailiwick:controls\.ec2-security-group-admin-ports-closed\.parameters\.ports/,
    );
    assert.equal(fault?.found, "70000");
  });

  it("refuses one account in two places and one name twice", () => {
    const faults = faultsOf({
      ...valid,
      members: [
        { name: "payments", id: "444444444444" },
        { name: "payments", id: "222222222222" },
      ],
    });

    assert.deepEqual(
      faults.map(({ path: at, expected }) => [at, expected]),
      [
        ["bailiwick:members[1].id", "an account that isn't security.id already"],
        ["bailiwick:members[1].name", "a name that no other account has"],
      ],
    );
  });

  it("refuses regions of another partition", () => {
    const [fault] = faultsOf({ ...valid, regions: ["cn-north-1"] });

    assert.equal(fault?.path, "bailiwick:regions[0]");
  });

  it("refuses a trail of its own that its control would change", () => {
    const trail = { managementEvents: "WriteOnly" };

    const [fault] = faultsOf({ ...valid, trail });
    const without = faultsOf({ ...valid, trail, controls: { "cloudtrail-trail-logging": { mode: "off" } } });

    assert.equal(fault?.path, "bailiwick:trail.managementEvents");
    assert.deepEqual(without, []);
  });

  it("refuses log files that would expire before they move to cold storage", () => {
    const [fault] = faultsOf({ ...valid, trail: { coldStorageAfterDays: 200, retentionDays: 100 } });

    assert.equal(fault?.path, "bailiwick:trail.coldStorageAfterDays");
  });
});

describe("the stacks that come with the program", () => {
  for (const stack of ["dev", "prod", "local"]) {
    it(`has a valid Pulumi.${stack}.yaml`, () => {
      assert.doesNotThrow(() => readSettings(readStack(stack).configuration));
    });
  }
});

const HOOK = "https://hooks.slack.com/services/T00/B00/veryverysecret";

describe("channels and watches", () => {
  it("are none by default", () => {
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

  it("have each fault named, and no secret repeated", () => {
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
        { event: "iam:ListUsers", channel: "three" },
      ],
    });

    assert.deepEqual(
      faults.map(({ path, found }) => [path, found]),
      [
        ["bailiwick:channels.one", "no kind of channel"],
        ["bailiwick:channels.two", "slack and email"],
        ["bailiwick:channels.three.controls[0]", '"nothing-of-the-kind"'],
        ["bailiwick:watches[0].event", '"iam:CreateUsr"'],
        ["bailiwick:watches[1].channel", '"four"'],
        ["bailiwick:watches[3]", "iam:CreateRole for three a second time"],
        ["bailiwick:watches[4].event", '"iam:ListUsers"'],
      ],
    );
    assert.equal(faults[3]?.example, "iam:CreateUser or iam:CreateRole or iam:UpdateUser");
    assert(!JSON.stringify(faults).includes("veryverysecret"));
  });

  for (const [what, channels] of Object.entries({
    "a webhook without https": {
      a: { slack: { webhookUrl: "http://hooks.slack.com/services/veryverysecret" } },
    },
    "a webhook that is no text": { a: { slack: { webhookUrl: ["veryverysecret"] } } },
    "a webhook in the wrong place": { a: { slack: "https://hooks.slack.com/veryverysecret" } },
    "channels that are a text": "https://hooks.slack.com/veryverysecret",
  }))
    it(`never repeat ${what}`, () => {
      const faults = faultsOf({ ...valid, channels });

      assert.equal(faults.length, 1);
      assert(!JSON.stringify(faults).includes("veryverysecret"), JSON.stringify(faults));
    });

  it("take a webhook on this machine without https", () => {
    const channels = { a: { slack: { webhookUrl: "http://127.0.0.1:4711/services/T/B/key" } } };

    assert.deepEqual(faultsOf({ ...valid, channels }), []);
  });

  it("refuse a name and e-mail addresses that can't be", () => {
    const faults = faultsOf({ ...valid, channels: { Platform_1: { email: { addresses: ["nobody"] } } } });

    assert.deepEqual(
      faults.map(({ path }) => path),
      ["bailiwick:channels.Platform_1", "bailiwick:channels.Platform_1.email.addresses[0]"],
    );
  });

  it("refuse conditions that make a longer pattern than EventBridge takes", () => {
    const accounts = Array.from({ length: 150 }, (_, index) => String(400_000_000_000 + index));
    const [fault] = faultsOf({ ...valid, channels: { a: { email: { addresses: ["a@b.co"] }, accounts } } });

    assert.equal(fault?.path, "bailiwick:channels.a");
    assert.match(fault.found, /pattern of \d{4} characters/);
  });
});
