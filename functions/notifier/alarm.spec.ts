import assert from "node:assert/strict";
import { FORWARDING_ALARM_NAME, hubAlarmName } from "../../contract/alarms";
import { alarmChangeIn, alarmMessage, groupAlarms, type AlarmChange } from "./alarm";
import { emailOf } from "./email";
import { slackPayload } from "./slack";
import { settings } from "./testing";

const QUEUE = "bailiwick-s3-bucket-policy-not-public-dlq";

const changeOf = (
  name = hubAlarmName("dead-letters", QUEUE),
  { value = "ALARM", account = "222222222222" }: { value?: string; account?: string } = {},
): AlarmChange =>
  alarmChangeIn({
    version: "0",
    id: "1",
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    account,
    time: "2026-03-17T08:41:28Z",
    region: "eu-west-1",
    resources: [`arn:aws:cloudwatch:eu-west-1:${account}:alarm:${name}`],
    detail: {
      alarmName: name,
      configuration: { description: "<!channel> all is well" },
      state: { value, reason: "Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0)." },
    },
  }) ?? assert.fail("no alarm");

describe("the message of an alarm", () => {
  it("says what is wrong, why CloudWatch says so, where to look and what to do", () => {
    const message = alarmMessage([changeOf()], settings);

    assert.deepEqual(message, {
      control: "alarm dead-letters",
      severity: "high",
      headline: `Alarm: ${QUEUE} has messages that could not be processed`,
      remediesLabel: "Done",
      items: [
        {
          account: { id: "222222222222" },
          region: "eu-west-1",
          resource: {
            id: `bailiwick-hub-dead-letters-${QUEUE}`,
            arn: `arn:aws:cloudwatch:eu-west-1:222222222222:alarm:bailiwick-hub-dead-letters-${QUEUE}`,
            url: `https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/bailiwick-hub-dead-letters-${QUEUE}`,
          },
          time: "2026-03-17T08:41:28Z",
          findings: ["Threshold Crossed: 1 datapoint [1.0] was greater than the threshold (0.0)."],
          remedies: [],
          remaining: [],
          facts: { Subject: QUEUE },
        },
      ],
      steps:
        "`bailiwick dead-letters` shows why. Fix the cause, then `bailiwick dead-letters resend` with the queue's name without `-dlq`.",
      page: "https://docs.example.com/monitoring.md",
    });
  });

  it("says when it is over, and asks for nothing then", () => {
    const { headline, steps } = alarmMessage([changeOf(undefined, { value: "OK" })], settings);

    assert.equal(headline, `Over: ${QUEUE} has messages that could not be processed`);
    assert.equal(steps, undefined);
  });

  it("repeats nothing that whoever may change the alarm has written about it", () => {
    const text = JSON.stringify(slackPayload(alarmMessage([changeOf()], settings)));

    assert(!text.includes("all is well"));
  });

  it("offers no exemption, in Slack and by e-mail", () => {
    const message = alarmMessage([changeOf()], settings);

    assert(!JSON.stringify(slackPayload(message)).includes("To leave it alone"));
    const { subject, text } = emailOf(message);
    assert.equal(subject, `[high] Alarm: ${QUEUE} has messages that could n... (222222222222)`);
    assert(!text.includes("To leave it alone"));
    assert.match(text, /About this alarm: https:\/\/docs\.example\.com\/monitoring\.md$/);
  });

  it("is one for many alarms of a kind, and names the accounts", () => {
    const changes = ["444444444444", "555555555555"].map((account) =>
      changeOf(FORWARDING_ALARM_NAME, { account }),
    );
    const groups = groupAlarms([...changes, changeOf(), changeOf(undefined, { value: "OK" })]);

    assert.deepEqual(
      groups
        .map((group) => alarmMessage(group as [AlarmChange], settings))
        .map(({ headline, items }) => [headline, items.map(({ account }) => account?.name)]),
      [
        ["Alarm: Events of this account and region don't reach the hub", ["payments", "web"]],
        [`Alarm: ${QUEUE} has messages that could not be processed`, [undefined]],
        [`Over: ${QUEUE} has messages that could not be processed`, [undefined]],
      ],
    );
  });

  it("does not exist for an alarm that the program doesn't make", () => {
    assert.throws(() => changeOf("bailiwick-hub-other-x"), {
      name: "PermanentError",
      message: "The event 1 is of the alarm bailiwick-hub-other-x, which the program doesn't make.",
    });
  });
});
