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

describe("CloudTrail's record of a call", () => {
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

  for (const recordCase of CASES)
    it(`is AWS's record of ${recordCase.source}'s ${recordCase.event}`, async () => {
      const records = await organization.recordsOf(async () => {
        const parameters =
          typeof recordCase.parameters === "function" ? recordCase.parameters(made) : recordCase.parameters;
        const credentials = recordCase.credentials?.(made) ?? rootOf(MEMBER);
        const answer = await organization.call(
          recordCase.service ?? recordCase.source,
          recordCase.operation ?? recordCase.event,
          parameters,
          { credentials },
        );
        assert.equal(
          answer.error === undefined,
          recordCase.errorCode === undefined,
          JSON.stringify(answer).slice(0, 500),
        );
        recordCase.keep?.(answer, made);
      });

      assert.deepEqual(
        records.map(({ eventName }) => eventName),
        [recordCase.event],
      );
      const [record] = records as [CloudTrailRecord];
      assert.deepEqual(differences(record as unknown as Json, expectedRecord(recordCase, made)), []);
    });
});

/** All fields of the record, by CloudTrail's rules for every event and by those of the case. */
function expectedRecord(recordCase: RecordCase, made: Made): Expected {
  const account = recordCase.credentials?.(made).accessKeyId === MANAGEMENT ? MANAGEMENT : MEMBER;
  const s3 = recordCase.source === "s3";
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
    eventSource: `${recordCase.source}.amazonaws.com`,
    eventName: recordCase.event,
    awsRegion: US_EAST_1.has(recordCase.source) ? "us-east-1" : "eu-west-1",
    sourceIPAddress: "127.0.0.1",
    userAgent: recordCase.source === "s3" ? userAgent : text(/python-client\/1/),
    requestParameters:
      typeof recordCase.request === "function" ? recordCase.request(made) : recordCase.request,
    responseElements:
      typeof recordCase.response === "function" ? recordCase.response(made) : recordCase.response,
    requestID: text(),
    eventID: uuid,
    readOnly: recordCase.readOnly ?? false,
    eventType: "AwsApiCall",
    managementEvent: recordCase.data !== true,
    recipientAccountId: account,
    eventCategory: recordCase.data === true ? "Data" : "Management",
    tlsDetails: {
      ...(CONNECTIONS[recordCase.source] ?? { tlsVersion: "TLSv1.3", cipherSuite: "TLS_AES_128_GCM_SHA256" }),
      clientProvidedHostHeader: text(/\.amazonaws\.com$/),
    },
    ...(recordCase.errorCode === undefined ? {} : { errorCode: recordCase.errorCode, errorMessage: text() }),
    ...(recordCase.resources === undefined ? {} : { resources: recordCase.resources(made) }),
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
    ...recordCase.more,
  };
}
