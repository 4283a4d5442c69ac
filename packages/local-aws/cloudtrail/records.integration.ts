import assert from "node:assert/strict";
import { PutEventSelectorsCommand, CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import type { CloudTrailRecord, Json } from "@bailiwick/aws-events/record";
import type { Made, RecordCase } from "./testing/cases";
import { computeCases } from "./testing/cases-compute";
import { identityCases } from "./testing/cases-identity";
import { lambdaCases } from "./testing/cases-lambda";
import { serviceCases, TRAIL, TRAIL_BUCKET } from "./testing/cases-services";
import { storageCases } from "./testing/cases-storage";
import { versionedCases } from "./testing/cases-versioned";
import { atLeast, differences, number, text, uuid, type Expected } from "./testing/expect";
import {
  MANAGEMENT,
  MEMBER,
  rootOf,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

const CASES = [
  ...[...identityCases, ...storageCases, ...computeCases],
  ...[...lambdaCases, ...serviceCases, ...versionedCases],
];
const CONNECTIONS: Record<string, { tlsVersion: string; cipherSuite: string }> = {
  kms: { tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_256_GCM_SHA384" },
  ssm: { tlsVersion: "TLSv1.2", cipherSuite: "ECDHE-RSA-AES128-GCM-SHA256" },
};
const US_EAST_1 = new Set(["cloudfront", "iam", "organizations", "route53"]);

describe("What CloudTrail writes of a call", () => {
  let organization: RecordedOrganization;
  const made: Made = {};

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
    await organization.trailBucket({ bucket: TRAIL_BUCKET, trails: [TRAIL] });
    const client = new CloudTrailClient(organization.config(MANAGEMENT));
    const DataResources = [
      { Type: "AWS::S3::Object", Values: ["arn:aws:s3"] },
      { Type: "AWS::DynamoDB::Table", Values: ["arn:aws:dynamodb"] },
      { Type: "AWS::Lambda::Function", Values: ["arn:aws:lambda"] },
    ];
    const EventSelectors = [{ ReadWriteType: "All" as const, IncludeManagementEvents: true, DataResources }];
    await client.send(new PutEventSelectorsCommand({ TrailName: "organization", EventSelectors }));
    client.destroy();
  });
  after(() => organization?.stop());

  it("is compared for more than forty events", () => {
    assert.ok(new Set(CASES.map(({ source, event }) => `${source} ${event}`)).size > 40);
  });

  for (const one of CASES)
    it(`is AWS's record of ${one.source}'s ${one.event}`, async () => {
      const records = await organization.recordsOf(async () => {
        const parameters = typeof one.parameters === "function" ? one.parameters(made) : one.parameters;
        const credentials = one.credentials?.(made) ?? rootOf(MEMBER);
        const answer = await organization.call(
          one.service ?? one.source,
          one.operation ?? one.event,
          parameters,
          { credentials },
        );
        assert.equal(
          answer.error === undefined,
          one.errorCode === undefined,
          JSON.stringify(answer).slice(0, 500),
        );
        one.keep?.(answer, made);
      });

      assert.deepEqual(
        records.map(({ eventName }) => eventName),
        [one.event],
      );
      const [record] = records as [CloudTrailRecord];
      assert.deepEqual(differences(record as unknown as Json, expectedRecord(one, made)), []);
    });
});

/** All fields of the record, by CloudTrail's rules for every event and the case's own. */
function expectedRecord(one: RecordCase, made: Made): Expected {
  const account = one.credentials?.(made).accessKeyId === MANAGEMENT ? MANAGEMENT : MEMBER;
  const s3 = one.source === "s3";
  const userAgent = text(s3 ? /^\[.*python-client\/1.*\]$/ : /^[^[].*python-client\/1/);
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: "Root",
      principalId: account,
      arn: `arn:aws:iam::${account}:root`,
      accountId: account,
      accessKeyId: account,
    },
    eventTime: text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    eventSource: `${one.source}.amazonaws.com`,
    eventName: one.event,
    awsRegion: US_EAST_1.has(one.source) ? "us-east-1" : "eu-west-1",
    sourceIPAddress: "127.0.0.1",
    userAgent: one.source === "s3" ? userAgent : text(/python-client\/1/),
    requestParameters: typeof one.request === "function" ? one.request(made) : one.request,
    responseElements: typeof one.response === "function" ? one.response(made) : one.response,
    requestID: text(),
    eventID: uuid,
    readOnly: one.readOnly ?? false,
    eventType: "AwsApiCall",
    managementEvent: one.data !== true,
    recipientAccountId: account,
    eventCategory: one.data === true ? "Data" : "Management",
    tlsDetails: {
      ...(CONNECTIONS[one.source] ?? { tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" }),
      clientProvidedHostHeader: text(/\.amazonaws\.com$/),
    },
    ...(one.errorCode === undefined ? {} : { errorCode: one.errorCode, errorMessage: text() }),
    ...(one.resources === undefined ? {} : { resources: one.resources(made) }),
    ...(s3
      ? {
          additionalEventData: atLeast({
            SignatureVersion: "SigV4",
            AuthenticationMethod: "AuthHeader",
            CipherSuite: text(),
            bytesTransferredIn: number,
            bytesTransferredOut: number,
          }),
        }
      : {}),
    ...one.more,
  };
}
