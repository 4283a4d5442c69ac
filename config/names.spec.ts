import assert from "node:assert/strict";
import { faultsOf, valid } from "../tests/support/configuration";

const HOOK = "https://hooks.slack.com/services/T00/B00/veryverysecret";

describe("the trail's name", () => {
  const faultsOfName = (name: string) => faultsOf({ ...valid, trail: { name } });

  for (const name of ["abc", "a.b_c-d", "0rganization", "10.0.0", "1.2.3.4.5", "x".repeat(128)])
    it(`may be ${name}`, () => assert.deepEqual(faultsOfName(name), []));

  for (const [name, expected] of Object.entries({
    ab: /^3 to 128 letters/,
    ["x".repeat(129)]: /^3 to 128 letters/,
    "-trail": /beginning and ending with a letter or digit$/,
    trail_: /beginning and ending with a letter or digit$/,
    träil: /^3 to 128 letters/,
    "a--b": /^a name without adjacent dots, hyphens or underscores$/,
    "my-_x": /^a name without adjacent dots, hyphens or underscores/,
    "my..trail": /^a name without adjacent dots, hyphens or underscores/,
    "192.168.5.4": /^a name that doesn't look like an IPv4 address$/,
  }))
    it(`can't be ${name}`, () => {
      const [fault, ...others] = faultsOfName(name);

      assert.equal(fault?.path, "bailiwick:trail.name");
      assert.equal(fault.found, JSON.stringify(name));
      assert.match(fault.expected, expected);
      assert.equal(fault.example, "bailiwick");
      assert.deepEqual(others, []);
    });
});

describe("the log bucket's name", () => {
  const faultsOfName = (bucketName: string) => faultsOf({ ...valid, trail: { bucketName } });

  for (const name of [
    "abc",
    "acme--logs",
    "logs.acme.com",
    "10.0.0",
    "my-xn--logs",
    "acme-s3alias-logs",
    "acme-plan",
    "x".repeat(63),
  ])
    it(`may be ${name}`, () => assert.deepEqual(faultsOfName(name), []));

  for (const [name, expected] of Object.entries({
    ab: /^3 to 63 lower-case letters/,
    ["x".repeat(64)]: /^3 to 63 lower-case letters/,
    Acme: /^3 to 63 lower-case letters/,
    acme_logs: /^3 to 63 lower-case letters/,
    "-acme": /beginning and ending with a letter or digit$/,
    "acme.": /beginning and ending with a letter or digit$/,
    "acme..logs": /^a name without a dot next to another dot or a hyphen$/,
    "acme.-logs": /^a name without a dot next to another dot or a hyphen$/,
    "acme-.logs": /^a name without a dot next to another dot or a hyphen$/,
    "192.168.5.4": /^a name that doesn't look like an IPv4 address$/,
    "xn--acme": /^a name that begins with none of xn--, sthree-, amzn-s3-demo-,/,
    "sthree-acme": /^a name that begins with none of/,
    "sthree-configurator": /^a name that begins with none of/,
    "amzn-s3-demo-logs": /^a name that begins with none of/,
    "acme-s3alias": /^a name that ends with none of -s3alias,/,
    "acme--ol-s3": /^a name that ends with none of/,
    "acme.mrap": /^a name that ends with none of/,
    "acme--use1-az4--x-s3": /^a name that ends with none of/,
    "acme--table-s3": /^a name that ends with none of/,
    "acme-111122223333-eu-west-1-an": /^a name that ends with none of/,
  }))
    it(`can't be ${name}`, () => {
      const [fault, ...others] = faultsOfName(name);

      assert.equal(fault?.path, "bailiwick:trail.bucketName");
      assert.equal(fault.found, JSON.stringify(name));
      assert.match(fault.expected, expected);
      assert.equal(fault.example, "acme-organization-trail");
      assert.deepEqual(others, []);
    });
});

describe("a region", () => {
  it("can't be in a partition whose ARNs the program doesn't generate", () => {
    const [fault, ...others] = faultsOf({ ...valid, homeRegion: "us-iso-east-1", regions: [] });

    assert.deepEqual(fault, {
      path: "bailiwick:homeRegion",
      found: '"us-iso-east-1"',
      expected: "a region of the partition aws, aws-us-gov or aws-cn",
      example: "eu-west-1",
    });
    assert.deepEqual(others, []);
    for (const region of ["us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"])
      assert.equal(faultsOf({ ...valid, regions: [region] })[0]?.path, "bailiwick:regions[0]", region);
  });
});

describe("channels", () => {
  const mail = (...addresses: string[]) => ({ email: { addresses } });
  const slack = { slack: { webhookUrl: HOOK } };

  it("refuse one address twice, whatever its case, and accept it in two channels", () => {
    const [repeated, otherCase, ...others] = faultsOf({
      ...valid,
      channels: {
        audit: mail("web@example.com", "ops@example.com", "web@example.com", "Ops@Example.com"),
        platform: mail("web@example.com"),
      },
    });

    assert.deepEqual(repeated, {
      path: "bailiwick:channels.audit.email.addresses[2]",
      found: '"web@example.com" a second time',
      expected:
        "each address once, whatever its case: it is at bailiwick:channels.audit.email.addresses[0] already",
      example: "another address, or delete this one",
    });
    assert.equal(otherCase?.path, "bailiwick:channels.audit.email.addresses[3]");
    assert.equal(otherCase.found, '"Ops@Example.com" a second time');
    assert.deepEqual(others, []);
  });

  for (const address of ["o'neil+aws@mail.example.co.uk", "a_b-c@x-y.example.com", "1@2.example.com"])
    it(`accept ${address}`, () => {
      assert.deepEqual(faultsOf({ ...valid, channels: { audit: mail(address) } }), []);
    });

  for (const address of [
    "a..b@example.com",
    ".a@example.com",
    "a.@example.com",
    "a@example..com",
    "a@example.com.",
    "a@-example.com",
    "a@example",
    "mailto:a@example.com",
    "a@example.com,",
    "b;a@example.com",
  ])
    it(`refuse ${address}`, () => {
      const faults = faultsOf({ ...valid, channels: { audit: mail(address) } });

      assert.deepEqual(faults, [
        {
          path: "bailiwick:channels.audit.email.addresses[0]",
          found: JSON.stringify(address),
          expected: "an e-mail address",
          example: "platform@example.com",
        },
      ]);
    });

  it("accept a webhook of 2,048 characters with escapes, which is EventBridge's limit", () => {
    const webhookUrl = `${HOOK}/%C3%A4?a=b&c=d+`.padEnd(2048, "x");

    assert.deepEqual(faultsOf({ ...valid, channels: { audit: { slack: { webhookUrl } } } }), []);
  });

  for (const [what, end, expected] of [
    ["a fragment", "#general", /^a URL of the characters that EventBridge accepts/],
    ["letters beyond ASCII", "/ä", /^a URL of the characters that EventBridge accepts/],
    ["half an escape", "/%4", /^a URL of the characters that EventBridge accepts/],
    ["more than 2,048 characters", "x".repeat(2048), /^a URL of at most 2048 characters/],
    ["a wildcard", "/*", /^the https URL of an incoming webhook$/],
  ] as const)
    it(`refuse a webhook with ${what}, without repeating it`, () => {
      const channels = { audit: { slack: { webhookUrl: `${HOOK}${end}` } } };

      const [fault, ...others] = faultsOf({ ...valid, channels });

      assert.equal(fault?.path, "bailiwick:channels.audit.slack.webhookUrl");
      assert.equal(fault.found, "a value that isn't shown");
      assert.match(fault.expected, expected);
      assert.deepEqual(others, []);
    });

  it("refuse the name of another channel's dead-letter queue", () => {
    const audit = mail("audit@example.com");
    const faults = faultsOf({ ...valid, channels: { audit, "audit-dlq": audit, "web-dlq": audit } });

    assert.deepEqual(faults, [
      {
        path: "bailiwick:channels.audit-dlq",
        found: "the name of the dead-letter queue of the channel audit",
        expected: "a name other than audit-dlq",
        example: "dlq-audit",
      },
    ]);
  });

  it("refuse the name of a Slack channel's second rule, which e-mail channels don't have", () => {
    const audit = mail("audit@example.com");
    const channels = { audit, "audit-send": audit, web: slack, "web-send": audit };

    assert.deepEqual(
      faultsOf({ ...valid, channels }).map(({ path, found }) => [path, found]),
      [["bailiwick:channels.web-send", "the name of the second rule of the channel web"]],
    );
  });
});
