/** The services that record the version of their API: CloudWatch Logs, EventBridge, Route 53 and CloudFront. */
import { answered, type RecordCase } from "./cases";
import { atLeast, olderTime, text } from "./expect";
import { MEMBER } from "./recorded-organization";

const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
const logs = { source: "logs", more: { apiVersion: "20140328" } };
const events = { source: "events", more: { apiVersion: "2015-10-07" } };
const route53 = { source: "route53", more: { apiVersion: "2013-04-01" } };
const cloudfront = { source: "cloudfront", more: { apiVersion: "2020_05_31" } };

const LAMBDA = `arn:aws:lambda:eu-west-1:${MEMBER}:function:target`;
const change = {
  status: text(/^(PENDING|INSYNC)$/),
  id: text(/^\/change\//),
  submittedAt: olderTime,
};

const distribution = (Comment: string) => ({
  CallerReference: "one",
  Comment,
  Enabled: false,
  Origins: {
    Quantity: 1,
    Items: [
      {
        Id: "o",
        DomainName: "o.s3.amazonaws.com",
        S3OriginConfig: { OriginAccessIdentity: "" },
        CustomHeaders: { Quantity: 0 },
      },
    ],
  },
  DefaultCacheBehavior: {
    TargetOriginId: "o",
    ViewerProtocolPolicy: "redirect-to-https",
    MinTTL: 0,
    ForwardedValues: { QueryString: false, Cookies: { Forward: "none" } },
  },
});
const distributionConfig = {
  callerReference: "one",
  comment: HIDDEN,
  enabled: false,
  origins: {
    quantity: 1,
    items: [
      {
        id: "o",
        domainName: "o.s3.amazonaws.com",
        s3OriginConfig: { originAccessIdentity: "" },
        customHeaders: { quantity: 0 },
      },
    ],
  },
  defaultCacheBehavior: {
    targetOriginId: "o",
    viewerProtocolPolicy: "redirect-to-https",
    minTTL: 0,
    forwardedValues: { queryString: false, cookies: { forward: "none" } },
  },
};

export const versionedCases: RecordCase[] = [
  {
    ...logs,
    event: "CreateLogGroup",
    parameters: { logGroupName: "recorded" },
    request: { logGroupName: "recorded" },
    response: null,
  },
  {
    ...logs,
    event: "CreateLogStream",
    parameters: { logGroupName: "recorded", logStreamName: "one" },
    request: { logGroupName: "recorded", logStreamName: "one" },
    response: null,
  },
  {
    ...logs,
    event: "GetLogEvents",
    parameters: { logGroupName: "recorded", logStreamName: "one" },
    readOnly: true,
    request: { logGroupName: "recorded", logStreamName: "one" },
    response: null,
  },
  {
    ...logs,
    event: "DeleteLogStream",
    parameters: { logGroupName: "recorded", logStreamName: "one" },
    request: { logGroupName: "recorded", logStreamName: "one" },
    response: null,
  },
  {
    ...logs,
    event: "DeleteLogGroup",
    parameters: { logGroupName: "recorded" },
    request: { logGroupName: "recorded" },
    response: null,
  },
  {
    ...logs,
    event: "DeleteLogGroup",
    parameters: { logGroupName: "not-there" },
    request: { logGroupName: "not-there" },
    response: null,
    errorCode: "ResourceNotFoundException",
  },
  {
    ...events,
    event: "PutRule",
    parameters: { Name: "rule", EventPattern: '{"source":["aws.s3"]}' },
    request: { name: "rule", eventPattern: '{"source":["aws.s3"]}' },
    response: { ruleArn: `arn:aws:events:eu-west-1:${MEMBER}:rule/rule` },
  },
  {
    ...events,
    event: "PutTargets",
    parameters: { Rule: "rule", Targets: [{ Id: "one", Arn: LAMBDA }] },
    request: { rule: "rule", targets: [{ id: "one", arn: LAMBDA }] },
    response: { failedEntryCount: 0, failedEntries: [] },
  },
  {
    ...events,
    event: "RemoveTargets",
    parameters: { Rule: "rule", Ids: ["one"] },
    request: { rule: "rule", ids: ["one"], force: false },
    response: { failedEntryCount: 0, failedEntries: [] },
  },
  {
    ...events,
    event: "DeleteRule",
    parameters: { Name: "rule" },
    request: { name: "rule", force: false },
    response: null,
  },
  {
    ...route53,
    event: "CreateHostedZone",
    parameters: { Name: "example.com", CallerReference: "one" },
    keep: (answer, made) => (made["zone"] = answered(answer, "HostedZone.Id").replace("/hostedzone/", "")),
    request: { name: "example.com", callerReference: "one" },
    response: atLeast({ changeInfo: change }),
    differs: { "responseElements.location": "the emulator answers none" },
  },
  {
    ...route53,
    event: "ChangeResourceRecordSets",
    parameters: (made) => ({
      HostedZoneId: made["zone"],
      ChangeBatch: {
        Comment: "one more",
        Changes: [
          {
            Action: "UPSERT",
            ResourceRecordSet: {
              Name: "a.example.com.",
              Type: "A",
              TTL: 300,
              ResourceRecords: [{ Value: "192.0.2.1" }],
            },
          },
        ],
      },
    }),
    request: (made) => ({
      hostedZoneId: made["zone"] ?? "",
      changeBatch: {
        comment: "one more",
        changes: [
          {
            action: "UPSERT",
            resourceRecordSet: {
              name: "a.example.com.",
              type: "A",
              tTL: 300,
              resourceRecords: [{ value: "192.0.2.1" }],
            },
          },
        ],
      },
    }),
    response: { changeInfo: { ...change, comment: "one more" } },
    more: {
      ...route53.more,
      additionalEventData: { Note: "Do not use to reconstruct hosted zone" },
    },
  },
  { ...route53, event: "ListHostedZones", readOnly: true, request: null, response: null },
  {
    ...cloudfront,
    event: "CreateDistribution",
    parameters: { DistributionConfig: distribution("secret") },
    keep: (answer, made) => {
      made["distribution"] = answered(answer, "Distribution.Id");
      made["etag"] = answered(answer, "ETag");
    },
    request: { distributionConfig },
    response: atLeast({
      distribution: atLeast({ lastModifiedTime: olderTime, status: text() }),
      eTag: text(),
    }),
    differs: {
      "responseElements.location": "the emulator answers it without a host",
      "responseElements.distribution.status": "the emulator's distribution is deployed at once",
    },
  },
  {
    ...cloudfront,
    event: "UpdateDistribution",
    parameters: (made) => ({
      Id: made["distribution"],
      IfMatch: made["etag"],
      DistributionConfig: distribution("another"),
    }),
    request: (made) => ({ id: made["distribution"] ?? "", ifMatch: made["etag"] ?? "", distributionConfig }),
    response: (made) => ({
      distribution: atLeast({
        id: made["distribution"] ?? "",
        aRN: `arn:aws:cloudfront::${MEMBER}:distribution/${made["distribution"]}`,
        lastModifiedTime: olderTime,
        distributionConfig: atLeast({ comment: HIDDEN }),
      }),
      eTag: text(),
    }),
  },
  {
    ...cloudfront,
    event: "GetDistribution",
    parameters: (made) => ({ Id: made["distribution"] }),
    readOnly: true,
    request: (made) => ({ id: made["distribution"] ?? "" }),
    response: null,
  },
];
