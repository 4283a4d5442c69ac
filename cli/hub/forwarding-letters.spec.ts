import assert from "node:assert/strict";
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { readSettings } from "../../config";
import { asPulumi, valid } from "../../tests/support/configuration";
import { controlsFor, forwardingLetters, governedPlaces, resendForwarded } from "./forwarding-letters";

const PAYMENTS = "444444444444";
const place = { account: PAYMENTS, region: "eu-west-1" };
const settings = readSettings(asPulumi(valid));
const DEAD_LETTERS = `https://sqs.eu-west-1.amazonaws.com/${PAYMENTS}/bailiwick-forwarding-dlq`;
const CONTROL = `https://sqs.${settings.homeRegion}.amazonaws.com/${settings.security.id}/bailiwick-s3-bucket-policy-not-public`;

const eventOf = (eventName: string, change: object = {}) =>
  JSON.stringify({
    version: "0",
    id: "5f0c4c7e-8f2b-4a0e-9a52-1f0a3c2d7b61",
    "detail-type": "AWS API Call via CloudTrail",
    source: "aws.s3",
    account: PAYMENTS,
    time: "2026-03-17T08:41:27Z",
    region: "eu-west-1",
    resources: [],
    detail: { eventSource: "s3.amazonaws.com", eventName, requestParameters: { bucketName: "invoices" } },
    ...change,
  });

describe("events that an account could not forward", () => {
  const sqs = mockClient(SQSClient);
  const entered: string[] = [];
  const access = {
    queues: (account: string, region: string) => {
      entered.push(`${account} ${region}`);
      return Promise.resolve(new SQSClient({ region }));
    },
  };
  beforeEach(() => {
    sqs.reset();
    entered.length = 0;
    sqs.on(SendMessageCommand).resolves({});
    sqs.on(DeleteMessageCommand).resolves({});
  });
  after(() => sqs.restore());

  function holding(...bodies: string[]): void {
    sqs
      .on(GetQueueAttributesCommand, { QueueUrl: DEAD_LETTERS })
      .resolves({ Attributes: { QueueArn: "arn", ApproximateNumberOfMessages: String(bodies.length) } });
    const Messages = bodies.map((Body, index) => ({ Body, ReceiptHandle: `handle ${index}` }));
    // The first look only shows one of them.
    sqs.on(ReceiveMessageCommand).resolvesOnce({ Messages: [] }).resolvesOnce({ Messages }).resolves({});
  }
  const sent = () =>
    sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => [input.QueueUrl, input.MessageBody]);
  const deleted = () =>
    sqs.commandCalls(DeleteMessageCommand).map(({ args: [{ input }] }) => input.ReceiptHandle);

  it("are looked for in each governed account and region, or in one account", () => {
    const places = governedPlaces(settings);

    assert.equal(places.length, settings.governed.length * settings.regions.length);
    assert.deepEqual(
      governedPlaces(settings, PAYMENTS),
      settings.regions.map((region) => ({ account: PAYMENTS, region })),
    );
  });

  it("go to the queue of each control whose pattern they match, and are deleted after that", async () => {
    const body = eventOf("PutBucketPolicy");
    holding(body);

    assert.deepEqual(await resendForwarded(place, settings, access), {
      ...place,
      sent: 1,
      unwanted: 0,
      foreign: 0,
    });

    assert.deepEqual(sent(), [[CONTROL, body]]);
    assert.deepEqual(deleted(), ["handle 0"]);
    assert(entered.includes(`${PAYMENTS} eu-west-1`));
    assert(entered.includes(`${settings.security.id} ${settings.homeRegion}`));
  });

  it("are deleted without being sent if no control looks at them", async () => {
    holding(eventOf("GetObject"));

    assert.deepEqual(await resendForwarded(place, settings, access), {
      ...place,
      sent: 0,
      unwanted: 1,
      foreign: 0,
    });
    assert.deepEqual([sent(), deleted()], [[], ["handle 0"]]);
  });

  it("are left where they are if they claim to be of another account or region, or are none", async () => {
    const forged = [
      eventOf("PutBucketPolicy", { account: "555555555555" }),
      eventOf("PutBucketPolicy", { region: "us-east-1" }),
      "no JSON",
    ];
    holding(...forged);

    assert.deepEqual(await resendForwarded(place, settings, access), {
      ...place,
      sent: 0,
      unwanted: 0,
      foreign: 3,
    });
    assert.deepEqual([sent(), deleted()], [[], []]);
  });

  it("stay in the queue if the control's queue doesn't take them", async () => {
    holding(eventOf("PutBucketPolicy"));
    sqs.on(SendMessageCommand).rejects(new Error("no"));

    await assert.rejects(resendForwarded(place, settings, access), /^Error: no$/);
    assert.deepEqual(deleted(), []);
  });

  it("are none where nothing is deployed yet", async () => {
    sqs.on(GetQueueAttributesCommand).rejects(new QueueDoesNotExist({ message: "none", $metadata: {} }));

    assert.equal(await forwardingLetters(place, settings, access), undefined);
  });

  it("belong to a control by its rules on the hub bus, whichever they are", () => {
    assert.deepEqual(controlsFor(eventOf("PutBucketPolicy"), settings), ["s3-bucket-policy-not-public"]);
    assert.deepEqual(controlsFor(eventOf("PutBucketPolicy"), { ...settings, controls: [] }), []);
  });
});
