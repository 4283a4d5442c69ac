import assert from "node:assert/strict";
import type { CloudTrailRecord } from "@bailiwick/aws-events/record";
import type { DataResource } from "./categories";
import { whyNotCovered, type Member, type Trail } from "./selectors";

const MANAGEMENT = "111111111111";
const MEMBER = "333333333333";

const trail = (given: Partial<Trail> = {}): Trail => ({
  name: "org",
  arn: `arn:aws:cloudtrail:eu-west-1:${MANAGEMENT}:trail/org`,
  account: MANAGEMENT,
  homeRegion: "eu-west-1",
  multiRegion: true,
  organization: true,
  globalServiceEvents: true,
  logging: true,
  bucket: "logs",
  logFileValidation: true,
  selectors: [{ ReadWriteType: "All", IncludeManagementEvents: true }],
  ...given,
});

const record = (given: Partial<CloudTrailRecord> = {}): CloudTrailRecord =>
  ({
    eventSource: "ec2.amazonaws.com",
    eventName: "RunInstances",
    eventCategory: "Management",
    awsRegion: "us-east-1",
    readOnly: false,
    managementEvent: true,
    userIdentity: { type: "Root", arn: `arn:aws:iam::${MEMBER}:root` },
    ...given,
  }) as CloudTrailRecord;

const member: Member = { account: MEMBER, inOrganization: true, managementAccount: MANAGEMENT };
const object: DataResource = { type: "AWS::S3::Object", arn: "arn:aws:s3:::data/a/b" };
const dataRecord = (given: Partial<CloudTrailRecord> = {}) =>
  record({
    eventSource: "s3.amazonaws.com",
    eventName: "PutObject",
    eventCategory: "Data",
    managementEvent: false,
    ...given,
  });

describe("A trail covers a call", () => {
  const why = (
    given: Partial<Trail>,
    event: Partial<CloudTrailRecord> = {},
    who: Partial<Member> = {},
  ): string | undefined => whyNotCovered(trail(given), { ...member, ...who }, record(event), undefined);

  it("of any member in any region when it is the organization's and for all regions", () => {
    assert.equal(why({}), undefined);
  });

  it("not of an account outside the organization", () => {
    assert.match(why({}, {}, { inOrganization: false }) ?? "", /111111111111's alone/);
  });

  it("not of another account unless it is an organization trail of the management account", () => {
    assert.match(why({ organization: false }) ?? "", /alone/);
    assert.match(why({ account: "222222222222" }) ?? "", /222222222222's alone/);
  });

  it("of its own account without an organization", () => {
    assert.equal(why({ organization: false }, {}, { account: MANAGEMENT }), undefined);
  });

  it("in its home region only, unless it is for all regions", () => {
    assert.match(why({ multiRegion: false }) ?? "", /logs eu-west-1 only/);
    assert.equal(why({ multiRegion: false }, { awsRegion: "eu-west-1" }), undefined);
  });

  it("not while it is stopped", () => {
    assert.equal(why({ logging: false }), "is stopped");
  });

  it("of a global service only if it includes them", () => {
    const iam = { eventSource: "iam.amazonaws.com" };
    assert.match(why({ globalServiceEvents: false }, iam) ?? "", /global service events/);
    assert.equal(why({ globalServiceEvents: false }), undefined);
    assert.equal(why({}, iam), undefined);
  });
});

describe("Basic event selectors", () => {
  const why = (
    selectors: Trail["selectors"],
    event: CloudTrailRecord,
    data?: DataResource,
  ): string | undefined => whyNotCovered(trail({ selectors }), member, event, data);

  it("choose reading or writing management events", () => {
    const writing = [{ ReadWriteType: "WriteOnly", IncludeManagementEvents: true }];
    assert.equal(why(writing, record()), undefined);
    assert.match(why(writing, record({ readOnly: true })) ?? "", /WriteOnly events only/);
    assert.match(why([{ ReadWriteType: "ReadOnly" }], record()) ?? "", /ReadOnly events only/);
  });

  it("leave management events, or those of a source, out", () => {
    assert.match(why([{ IncludeManagementEvents: false }], record()) ?? "", /management events/);
    const withoutKms = [{ ExcludeManagementEventSources: ["kms.amazonaws.com"] }];
    assert.match(why(withoutKms, record({ eventSource: "kms.amazonaws.com" })) ?? "", /leaves out kms/);
    assert.equal(why(withoutKms, record()), undefined);
  });

  it("log no data events unless they say so", () => {
    assert.match(why([{}], dataRecord(), object) ?? "", /data events/);
  });

  it("log data events of all buckets, of a bucket, of a prefix, and no other", () => {
    const logs = (value: string, type = "AWS::S3::Object") =>
      why([{ DataResources: [{ Type: type, Values: [value] }] }], dataRecord(), object);

    for (const value of ["arn:aws:s3", "arn:aws:s3:::data/", "arn:aws:s3:::data/a"])
      assert.equal(logs(value), undefined, value);
    assert.notEqual(logs("arn:aws:s3:::other/"), undefined);
    assert.notEqual(logs("arn:aws:lambda", "AWS::Lambda::Function"), undefined);
  });

  it("log a function's data events by its full ARN", () => {
    const invoke = dataRecord({ eventSource: "lambda.amazonaws.com", eventName: "Invoke" });
    const arn = "arn:aws:lambda:us-east-1:333333333333:function:worker";
    const logs = (value: string) =>
      why([{ DataResources: [{ Type: "AWS::Lambda::Function", Values: [value] }] }], invoke, {
        type: "AWS::Lambda::Function",
        arn,
      });

    assert.equal(logs("arn:aws:lambda"), undefined);
    assert.equal(logs(arn), undefined);
    assert.notEqual(logs(arn.slice(0, -1)), undefined);
  });

  it("log what one of them selects", () => {
    assert.equal(why([{ ReadWriteType: "ReadOnly" }, { ReadWriteType: "WriteOnly" }], record()), undefined);
  });
});

describe("A call on several resources", () => {
  const arn = (table: string) => `arn:aws:dynamodb:eu-west-1:${MEMBER}:table/${table}`;
  const tables: DataResource = { type: "AWS::DynamoDB::Table", arn: arn("a"), further: [arn("b")] };
  const why = (given: Partial<Trail>) => whyNotCovered(trail(given), member, dataRecord(), tables);
  const basic = (table: string) => ({
    selectors: [{ DataResources: [{ Type: tables.type, Values: [arn(table)] }] }],
  });
  const advanced = (table: string) => ({
    advancedSelectors: [{ FieldSelectors: [{ Field: "resources.ARN", Equals: [arn(table)] }] }],
  });

  it("is covered if one of them is", () => {
    for (const selected of [basic, advanced]) {
      assert.equal(why(selected("a")), undefined);
      assert.equal(why(selected("b")), undefined);
      assert.notEqual(why(selected("c")), undefined);
    }
  });
});

describe("Advanced event selectors", () => {
  const covers = (
    fields: NonNullable<NonNullable<Trail["advancedSelectors"]>[number]["FieldSelectors"]>,
    event: CloudTrailRecord,
    data?: DataResource,
  ): boolean =>
    whyNotCovered(trail({ advancedSelectors: [{ FieldSelectors: fields }] }), member, event, data) ===
    undefined;

  const management = { Field: "eventCategory", Equals: ["Management"] };

  it("choose the category", () => {
    assert.equal(covers([management], record()), true);
    assert.equal(covers([management], dataRecord(), object), false);
  });

  it("leave sources out with NotEquals, and keep the others", () => {
    const fields = [
      management,
      { Field: "eventSource", NotEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"] },
    ];
    assert.equal(covers(fields, record({ eventSource: "kms.amazonaws.com" })), false);
    assert.equal(covers(fields, record()), true);
  });

  it("choose data events by type and ARN", () => {
    const data = [
      { Field: "eventCategory", Equals: ["Data"] },
      { Field: "resources.type", Equals: ["AWS::S3::Object"] },
    ];
    assert.equal(
      covers([...data, { Field: "resources.ARN", StartsWith: ["arn:aws:s3:::data/"] }], dataRecord(), object),
      true,
    );
    assert.equal(
      covers([...data, { Field: "resources.ARN", StartsWith: ["arn:aws:s3:::x/"] }], dataRecord(), object),
      false,
    );
    assert.equal(
      covers(
        [...data, { Field: "resources.ARN", NotStartsWith: ["arn:aws:s3:::data/"] }],
        dataRecord(),
        object,
      ),
      false,
    );
    assert.equal(covers([...data, { Field: "resources.ARN", EndsWith: ["/b"] }], dataRecord(), object), true);
    assert.equal(
      covers([...data, { Field: "resources.ARN", NotEndsWith: ["/b"] }], dataRecord(), object),
      false,
    );
  });

  it("choose by readOnly and eventName, all fields together", () => {
    const fields = [
      management,
      { Field: "readOnly", Equals: ["false"] },
      { Field: "eventName", StartsWith: ["Run"] },
    ];
    assert.equal(covers(fields, record()), true);
    assert.equal(covers(fields, record({ readOnly: true })), false);
    assert.equal(covers(fields, record({ eventName: "StopInstances" })), false);
  });
});
