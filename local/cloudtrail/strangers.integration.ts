import assert from "node:assert/strict";
import { CloudTrailClient, PutEventSelectorsCommand } from "@aws-sdk/client-cloudtrail";
import { request } from "node:http";
import {
  MANAGEMENT,
  MEMBER,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

describe("Callers without a key of the organization, in CloudTrail's records", () => {
  let organization: RecordedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
    const trails = new CloudTrailClient(organization.config(MANAGEMENT));
    const objects = { Type: "AWS::S3::Object", Values: ["arn:aws:s3"] };
    const EventSelectors = [
      { ReadWriteType: "All" as const, IncludeManagementEvents: true, DataResources: [objects] },
    ];
    await trails.send(new PutEventSelectorsCommand({ TrailName: "organization", EventSelectors }));
  });
  after(() => organization?.stop());

  /** A request that nobody signed, for a host of AWS's that the gateway stands for. */
  const unsigned = (method: string, path: string, host?: string, body?: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const form = body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
      const headers = { ...(host === undefined ? {} : { host }), ...form };
      const made = request(`${organization.gateway.url}${path}`, { method, headers }, (reply) => {
        reply.resume();
        reply.on("end", () => resolve(reply.statusCode ?? 0));
      });
      made.on("error", reject);
      made.end(body);
    });

  it("are anonymous to S3, and seen by the bucket's owner in the bucket's region", async () => {
    const bucket = {
      Bucket: "public-things",
      CreateBucketConfiguration: { LocationConstraint: "eu-central-1" },
    };
    await organization.call("s3", "CreateBucket", bucket, { region: "eu-central-1" });

    const records = await organization.recordsOf(async () => {
      await unsigned("GET", "/public-things/k");
      await unsigned("GET", "/k", "public-things.s3.eu-central-1.amazonaws.com");
    });

    assert.deepEqual(
      records.map(({ eventName, awsRegion, recipientAccountId, userIdentity, requestParameters }) => ({
        eventName,
        awsRegion,
        recipientAccountId,
        userIdentity,
        host: requestParameters?.["Host"],
      })),
      [1, 2].map(() => ({
        eventName: "GetObject",
        awsRegion: "eu-central-1",
        recipientAccountId: MEMBER,
        userIdentity: { type: "AWSAccount", principalId: "", accountId: "anonymous" },
        host: "public-things.s3.eu-central-1.amazonaws.com",
      })),
    );
    for (const { sharedEventID } of records) assert.match(sharedEventID ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(organization.events.at(-1)?.region, "eu-central-1");
  });
});
