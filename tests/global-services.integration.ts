import assert from "node:assert/strict";
import { CloudFrontClient, CreateDistributionCommand } from "@aws-sdk/client-cloudfront";
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { CreateUserCommand, DeleteUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateHostedZoneCommand, DeleteHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import type { Outcome } from "../controls/lib/outcome";
import { signInAt } from "@bailiwick/local-aws/sign-in";
import { outcomeFeed } from "../rehearsal/drill/outcome-feed";
import { deployedOrganization, eventually } from "./support/local";

const HOME = "eu-west-1";
const AWAY = "eu-central-1";
const GLOBAL = "us-east-1";
const PATIENCE = 20_000;

/** The configuration of a stack that governs one region besides its home, and doesn't name us-east-1. */
const watched = [
  "iam:CreateUser",
  "sts:GetSessionToken",
  "route53:CreateHostedZone",
  "cloudfront:CreateDistribution",
];

describe("events of global services", function () {
  this.timeout(60_000);
  const local = deployedOrganization({
    "bailiwick:regions": [AWAY],
    "bailiwick:defaultMode": "off",
    "bailiwick:controls": { "signin-console-login-expected": { mode: "notify" } },
    "bailiwick:channels": { audit: { email: { addresses: ["audit@example.com"] } } },
    "bailiwick:watches": watched.map((event) => ({ event, channel: "audit" })),
  });
  const outcomes: Outcome[] = [];
  before(() => void outcomeFeed(local().organization.trace).subscribe((outcome) => outcomes.push(outcome)));
  const member = () => local().account("payments");
  const security = () => local().account("security");
  const client = <Client>(Kind: new (config: object) => Client, region: string) =>
    new Kind(local().organization.aws(member(), region));

  /** The outcome that the call led to, and where its event was seen on its path. */
  async function pathOf(
    eventName: string,
    call: () => Promise<unknown>,
  ): Promise<{ outcome: Outcome; buses: string[] }> {
    const before = outcomes.length;
    await call();
    const outcome = await eventually(
      () => Promise.resolve(outcomes.slice(before).find((each) => each.eventName === eventName)),
      `an outcome of ${eventName}`,
      PATIENCE,
    );
    const { steps = [] } = local().organization.trace.explain(outcome.eventId) ?? {};
    const buses = steps
      .filter(({ stage }) => stage === "bus")
      .map(({ account, region }) => `${account ?? "?"} ${region ?? "?"}`);
    return { outcome, buses };
  }

  function arrived(
    { outcome, buses }: { outcome: Outcome; buses: string[] },
    event: string,
    region = GLOBAL,
  ): void {
    assert.deepEqual(
      [outcome.outcome, outcome.findings, outcome.resource?.account, outcome.resource?.region],
      ["notified", [`${event} was called.`], member(), region],
    );
    // One hop, from the member's default bus of that region to the hub.
    assert.deepEqual(buses.slice(0, 2), [`${member()} ${region}`, `${security()} ${HOME}`]);
  }

  it("of IAM reach the hub through us-east-1, whatever region the caller works in", async () => {
    const iam = client(IAMClient, AWAY);

    const path = await pathOf("CreateUser", () => iam.send(new CreateUserCommand({ UserName: "global" })));

    arrived(path, "iam:CreateUser");
    await iam.send(new DeleteUserCommand({ UserName: "global" }));
  });

  it("of STS's global endpoint reach it through us-east-1 too, and those of a regional one through its region", async () => {
    const call = (region: string) => () => client(STSClient, region).send(new GetSessionTokenCommand({}));

    const path = await pathOf("GetSessionToken", call(GLOBAL));
    const regional = await pathOf("GetSessionToken", call(AWAY));

    arrived(path, "sts:GetSessionToken");
    arrived(regional, "sts:GetSessionToken", AWAY);
  });

  it("of Route 53 reach it through us-east-1", async () => {
    const route53 = client(Route53Client, AWAY);
    const zone = { Name: "global.example.com", CallerReference: "global" };
    let Id: string | undefined;

    const path = await pathOf("CreateHostedZone", async () => {
      Id = (await route53.send(new CreateHostedZoneCommand(zone))).HostedZone?.Id;
    });

    arrived(path, "route53:CreateHostedZone");
    await route53.send(new DeleteHostedZoneCommand({ Id }));
  });

  it("of CloudFront reach it through us-east-1", async () => {
    const origin = {
      Id: "origin",
      DomainName: "global.example.com",
      CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: "https-only" as const },
    };
    const DistributionConfig = {
      CallerReference: "global",
      Comment: "",
      Enabled: false,
      Origins: { Quantity: 1, Items: [origin] },
      DefaultCacheBehavior: {
        TargetOriginId: "origin",
        ViewerProtocolPolicy: "https-only" as const,
        CachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
      },
    };

    const path = await pathOf("CreateDistribution", () =>
      client(CloudFrontClient, AWAY).send(new CreateDistributionCommand({ DistributionConfig })),
    );

    arrived(path, "cloudfront:CreateDistribution");
  });

  it("of the console's sign-in reach it too, and the first from a network that is new to the user is reported", async () => {
    const userName = "global-traveller";
    const iam = client(IAMClient, AWAY);
    await iam.send(new CreateUserCommand({ UserName: userName }));
    const from = (sourceAddress: string) => () =>
      signInAt(local().organization.endpointUrl, {
        ...{ account: member(), userName, mfa: true, region: AWAY, sourceAddress },
      });

    const told = [];
    for (const address of ["192.0.2.1", "192.0.200.9", "198.51.100.7", "198.51.100.7"])
      told.push((await pathOf("ConsoleLogin", from(address))).outcome);

    assert.deepEqual(
      told.map(({ outcome, findings }) => [outcome, findings]),
      [
        ["compliant", []],
        ["compliant", []],
        [
          "notified",
          [
            "User global-traveller came from 198.51.100.7: the first sign-in from 198.51.0.0/16 in 90 days, while others came from elsewhere.",
          ],
        ],
        ["compliant", []],
      ],
    );
    await iam.send(new DeleteUserCommand({ UserName: userName }));
  });

  it("reach it by no other path: without the rules in us-east-1 they end there, and the trace says so", async () => {
    const events = client(EventBridgeClient, GLOBAL);
    const rule = { Name: "bailiwick-forwarding-1" };
    const iam = client(IAMClient, AWAY);
    await events.send(new DisableRuleCommand(rule));
    try {
      await iam.send(new CreateUserCommand({ UserName: "lost" }));
      const lost = await eventually(() => {
        const { trace } = local().organization;
        const [, ...found] = trace.find({ account: member(), eventName: "CreateUser" });
        const why = found
          .map(({ eventId = "" }) => trace.explain(eventId)?.stopped)
          .find((each) => each !== undefined);
        return Promise.resolve(why);
      }, "the reason why it stopped");

      assert.match(lost, /us-east-1/);
      assert.match(lost, /bailiwick-forwarding-1/);
    } finally {
      await events.send(new EnableRuleCommand(rule));
      await iam.send(new DeleteUserCommand({ UserName: "lost" }));
    }
  });
});
