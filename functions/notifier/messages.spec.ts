/**
 * The whole message of every control, as it is mailed: event → function → outcome → message, with AWS's answers made up. What each is to
 * say stands in the control's message.txt, under the name of the event; how AWS answers, in its message.cases.ts.
 */
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Context, SQSEvent } from "aws-lambda";
import { mockClient } from "aws-sdk-client-mock";
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { controlById, controls, findRemediation } from "../../controls";
import { isReportOnly } from "../../controls/lib/control";
import type { Outcome } from "../../controls/lib/outcome";
import type { MessageCase, MessageCases } from "../../controls/lib/message-cases";
import { loadSide } from "../../controls/lib/sides";
import { eventsOf } from "../../controls/lib/testing";
import { WATCH_PREFIX, watchControl, watchId } from "../../controls/lib/watch";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { createHandler } from "../control/handler";
import { memoryStore } from "../control/ledger/memory";
import { setSettings, unsetSettings } from "../../contract/testing";
import { emailOf } from "./email";
import { messageOf, worthNotifying, type Message } from "./message";
import type { NotifierSettings } from "../../contract/notifier-settings";
import { slackPayload } from "./slack";

const CONTROLS = join(__dirname, "..", "..", "controls");
const WATCH_FILE = join(__dirname, "watch-message.txt");
/** A minute after the events. */
const NOW = Date.parse("2026-03-17T08:42:27Z");
/** The mocks of the clients, by class. */
const mocks = new Map<unknown, { restore(): void }>();
const mock: typeof mockClient = (client) => {
  // A control may call the service that takes the outcomes.
  const made = (mocks.get(client) as never) ?? mockClient(client);
  mocks.set(client, made);
  return made;
};

const watch = { event: "iam:CreateUser", channel: "platform", severity: "medium" as const };
const WATCH = watchId(watch);
/** The event of the watch; controls have theirs in their folders. */
const WATCH_EVENT = join(__dirname, "watch-event.json");

/** Of a control without cases, all matching events are reported as they are. */
const casesOf = (id: string): MessageCases =>
  id === WATCH ? { "matching-create": {} } : (loadSide(id, "message.cases") ?? {});

const messageEventsOf = (id: string): Map<string, EventBridgeEvent> =>
  id === WATCH
    ? new Map([["matching-create", JSON.parse(readFileSync(WATCH_EVENT, "utf8")) as EventBridgeEvent]])
    : eventsOf(id);

/** As components/NotificationChannels.ts writes them. */
const settings: NotifierSettings = {
  channels: {},
  accounts: { "210987654321": "payments" },
  controls: Object.fromEntries(
    [...controls, watchControl(watch)].map((control) => [
      control.id,
      {
        title: control.title,
        severity: control.severity,
        steps: control.remediationSteps,
        reportsOnly: isReportOnly(control),
      },
    ]),
  ),
  busName: "bailiwick",
};

/** The message of the last of so many events that are alike; undefined when there is none. */
async function messageFor(
  id: string,
  event: EventBridgeEvent,
  { parameters = {}, times = 1, deployed }: MessageCase,
): Promise<Message | undefined> {
  mock(STSClient)
    .on(AssumeRoleCommand)
    .resolves({
      Credentials: {
        AccessKeyId: "ASIA",
        SecretAccessKey: "secret",
        SessionToken: "token",
        Expiration: new Date(NOW),
      },
    });
  const bus = mock(EventBridgeClient)
    .on(PutEventsCommand)
    .resolves({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
  setSettings({ mode: "notify", parameters, ...(deployed && { deployed }) });
  const control = id.startsWith(WATCH_PREFIX) ? watchControl(watch) : controlById(id);
  const handler = createHandler(control, findRemediation(id), {
    sts: new STSClient({ region: "eu-west-1" }),
    eventBridge: new EventBridgeClient({ region: "eu-west-1" }),
    store: memoryStore(),
    clock: () => NOW,
    logger: { info: () => undefined, error: () => undefined },
    metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined } as never,
  });
  const Records = Array.from({ length: times }, (_, index) => ({
    messageId: `${index}`,
    body: JSON.stringify({
      ...event,
      id: `event-${index}`,
      detail: { ...event.detail, eventID: `record-${index}` },
    }),
    attributes: { ApproximateReceiveCount: "1" },
    eventSource: "aws:sqs",
  }));
  const realNow = Date.now;
  Date.now = () => NOW;
  try {
    await handler({ Records } as unknown as SQSEvent, { getRemainingTimeInMillis: () => 120_000 } as Context);
  } finally {
    Date.now = realNow;
  }
  const outcomes = bus
    .commandCalls(PutEventsCommand)
    .map(({ args }) => JSON.parse(args[0].input.Entries?.[0]?.Detail ?? "") as Outcome);
  const outcome = outcomes.filter(worthNotifying).at(-1);
  return outcome && messageOf([outcome], settings);
}

/** The expected mails of a control, subject first, by the name of the event. */
function expected(id: string): Map<string, string> {
  const sections = readFileSync(id === WATCH ? WATCH_FILE : join(CONTROLS, id, "message.txt"), "utf8")
    .split(/^=== (.+)\n/m)
    .slice(1);
  const texts = new Map<string, string>();
  for (let index = 0; index < sections.length; index += 2)
    texts.set(sections[index] ?? "", (sections[index + 1] ?? "").trimEnd());
  return texts;
}

/** Everything a message says, apart from its layout. */
function saying({ items, headline, steps, exempt }: Message): string[] {
  const texts = items.flatMap((item) => [
    ...item.findings,
    ...item.remedies,
    ...item.remaining,
    ...Object.entries(item.facts).flat(),
    ...[item.account?.name, item.account?.id, item.region, item.resource?.id, item.resource?.url],
    ...[item.who, item.from, item.eventName, item.time],
  ]);
  return [headline, ...texts, steps, exempt].filter((text) => text !== undefined);
}

describe("the whole message of", () => {
  afterEach(() => {
    mocks.forEach((each) => each.restore());
    mocks.clear();
  });
  after(() => {
    unsetSettings();
  });

  for (const id of [...controls.map((control) => control.id), WATCH]) {
    describe(id, () => {
      const cases = casesOf(id);
      const events = messageEventsOf(id);
      const names = Object.keys(cases);
      if (names.length === 0) names.push(...[...events.keys()].filter((name) => name.startsWith("matching")));

      it("is written down for each of its events", () => {
        assert.deepEqual([...expected(id).keys()].sort(), [...names].sort());
      });

      for (const name of names)
        it(`${name} is as it is written down, and no less in Slack`, async () => {
          cases[name]?.aws?.(mock);

          const event = events.get(name.split(" ")[0] ?? name);
          const message = await messageFor(id, event!, cases[name] ?? {});

          const mail = message && emailOf(message);
          assert.equal(mail ? `${mail.subject}\n\n${mail.text}` : "(none)", expected(id).get(name));
          const slack = message ? plain(JSON.stringify(slackPayload(message).blocks)) : "";
          for (const text of message ? saying(message) : [])
            assert(slack.includes(plain(JSON.stringify(text))), text);
        });
    });
  }

  it("no other control is written down", () => {
    const written = readdirSync(CONTROLS).filter((name) => existsSync(join(CONTROLS, name, "message.txt")));
    assert.deepEqual(written.sort(), controls.map((control) => control.id).sort());
  });
});

/** JSON without its quotes and Slack's escapes. */
const plain = (json: string): string =>
  json.replace(/^"|"$/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
