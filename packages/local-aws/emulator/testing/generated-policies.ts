/** Policies and requests for comparisons: statements with every element, on each level of an organization. */
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import fc from "fast-check";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  type Credentials,
} from "../../cloudtrail/testing/recorded-organization";
import { ORGANIZATION_ROOT } from "./governed-organization";

export const USER = `arn:aws:iam::${MEMBER}:user/staff/tester`;
export const ROLE = `arn:aws:iam::${MEMBER}:role/worker`;

export type Caller = "user" | "session" | "root";
export interface Statement {
  Effect: "Allow" | "Deny";
  [element: string]: unknown;
}
export interface Case {
  caller: Caller;
  request: (typeof REQUESTS)[number];
  region: string;
  /** Root, two units, account. */
  scps: Statement[][];
  rcps: Statement[][];
  identity: Statement[];
}
interface Client {
  send(command: never): Promise<unknown>;
  destroy(): void;
}
type Configuration = { region: string; endpoint: string; credentials: Credentials };

export const EVERYTHING: Statement = { Effect: "Allow", Action: "*", Resource: "*" };

/** Reads of what mostly doesn't exist: any answer but a refusal means that the call was allowed. */
const REQUESTS = [
  {
    action: "events:DescribeRule",
    resource: (region: string) => `arn:aws:events:${region}:${MEMBER}:rule/bailiwick-trail`,
    client: (config: Configuration): Client => new EventBridgeClient(config),
    command: new DescribeRuleCommand({ Name: "bailiwick-trail" }),
  },
  {
    action: "events:DescribeRule",
    resource: (region: string) => `arn:aws:events:${region}:${MEMBER}:rule/own/other`,
    client: (config: Configuration): Client => new EventBridgeClient(config),
    command: new DescribeRuleCommand({ Name: "other", EventBusName: "own" }),
  },
  {
    action: "sqs:GetQueueUrl",
    resource: (region: string) => `arn:aws:sqs:${region}:${MEMBER}:bailiwick-dead`,
    client: (config: Configuration): Client => new SQSClient(config),
    command: new GetQueueUrlCommand({ QueueName: "bailiwick-dead" }),
  },
  {
    action: "iam:GetRole",
    resource: () => ROLE,
    client: (config: Configuration): Client => new IAMClient({ ...config, region: "us-east-1" }),
    command: new GetRoleCommand({ RoleName: "worker" }),
    region: "us-east-1",
  },
  {
    action: "dynamodb:DescribeTable",
    resource: (region: string) => `arn:aws:dynamodb:${region}:${MEMBER}:table/orders`,
    client: (config: Configuration): Client => new DynamoDBClient(config),
    command: new DescribeTableCommand({ TableName: "orders" }),
  },
  {
    action: "lambda:GetFunction",
    resource: (region: string) => `arn:aws:lambda:${region}:${MEMBER}:function:bailiwick-fn`,
    client: (config: Configuration): Client => new LambdaClient(config),
    command: new GetFunctionCommand({ FunctionName: "bailiwick-fn" }),
  },
  {
    action: "s3:GetBucketTagging",
    resource: () => "arn:aws:s3:::oracle-bucket",
    client: (config: Configuration): Client =>
      new S3Client({ ...config, region: "eu-west-1", forcePathStyle: true }),
    command: new GetBucketTaggingCommand({ Bucket: "oracle-bucket" }),
    region: "eu-west-1",
  },
  {
    action: "ec2:DescribeVpcs",
    resource: () => "*",
    client: (config: Configuration): Client => new EC2Client(config),
    command: new DescribeVpcsCommand({}),
  },
];

export const RCP_ACTIONS = [
  "events:*",
  "sqs:*",
  "sqs:GetQueueUrl",
  "dynamodb:*",
  "s3:*",
  "s3:Get*",
  "events:Describe*",
];
const ACTIONS = [
  ...RCP_ACTIONS,
  ..."* iam:* iam:Get* iam:GetRole ec2:* EC2:describe* lambda:GetFunction lambda:Get??nction sts:* dynamodb:PutItem".split(
    " ",
  ),
];
/** Only the user has the tag. */
const OPTIONAL = "${aws:PrincipalTag/Team}";
const RESOURCES = [
  "*",
  "arn:aws:events:*:*:rule/bailiwick-*",
  "arn:aws:events:eu-west-1:*:rule/*",
  "arn:aws:sqs:*:*:bailiwick-*",
  "arn:aws:sqs:*:${aws:PrincipalAccount}:*",
  "arn:aws:iam::*:role/*",
  "arn:aws:iam::*:role/work?r",
  "arn:aws:dynamodb:*:*:table/orders",
  "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/Missing, 'orders'}",
  "arn:aws:lambda:*:*:function:bailiwick-*",
  "arn:aws:s3:::oracle-bucket",
  `arn:aws:s3:::${OPTIONAL}-bucket`,
];
const CONDITIONS: object[] = [
  { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
  { StringNotEquals: { "aws:RequestedRegion": ["eu-west-1", "us-east-1"] } },
  { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:user/*" } },
  { ArnLike: { "aws:PrincipalArn": "arn:aws:*:role/worker" } },
  {
    ArnNotLike: {
      "aws:PrincipalArn": ["arn:aws:iam::*:role/stacksets-exec-*", "arn:aws:iam::*:role/worker"],
    },
  },
  { ArnEquals: { "aws:PrincipalArn": USER } },
  { ArnNotEquals: { "aws:PrincipalArn": `arn:aws:iam::${MEMBER}:root` } },
  { StringEquals: { "aws:PrincipalTag/Team": "blue" } },
  { StringNotEquals: { "aws:PrincipalTag/Team": ["blue", "green"] } },
  { StringEqualsIgnoreCase: { "aws:PrincipalTag/team": "BLUE" } },
  { StringLike: { "aws:PrincipalTag/Team": "b*e" } },
  { StringNotLike: { "aws:PrincipalTag/Missing": "*" } },
  { StringEqualsIfExists: { "aws:PrincipalTag/Missing": "x" } },
  { StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-elsewhere00" } },
  { Null: { "aws:PrincipalTag/Missing": "true" } },
  { Null: { "aws:PrincipalTag/Team": "true" } },
  { Null: { "aws:PrincipalOrgID": false } },
  { IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"] } },
  { NotIpAddress: { "aws:SourceIp": "127.0.0.1" } },
  { Bool: { "aws:PrincipalIsAWSService": "false" } },
  { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
  { StringEquals: { "aws:PrincipalOrgID": ORGANIZATION_ID } },
  { StringNotEquals: { "aws:PrincipalAccount": [MANAGEMENT] } },
  { StringEquals: { "aws:ResourceAccount": "${aws:PrincipalAccount}" } },
  { StringNotEquals: { "aws:ResourceOrgID": "${aws:PrincipalOrgID}" } },
  { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `${ORGANIZATION_ID}/${ORGANIZATION_ROOT}/ou-*` } },
  { "ForAllValues:StringLike": { "aws:PrincipalOrgPaths": `${ORGANIZATION_ID}/r-other/*` } },
  { DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } },
  { DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } },
  { StringEquals: { "aws:PrincipalType": ["User", "Account"] } },
  {
    StringEquals: { "aws:RequestedRegion": "us-east-1" },
    ArnLike: { "aws:PrincipalArn": `arn:aws:iam::${MEMBER}:*` },
  },
];

const some = <T>(values: readonly T[], most: number) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: most });
const condition = fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined, freq: 3 });
const withCondition = (statement: object, Condition?: object) =>
  (Condition ? { ...statement, Condition } : statement) as Statement;
const resources = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(fc.constant("Resource"), some(RESOURCES, 4)) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant("NotResource"),
      some(
        RESOURCES.filter((each) => !each.includes(OPTIONAL)),
        4,
      ),
    ),
  },
);
const statement = (effect: fc.Arbitrary<"Allow" | "Deny">) =>
  fc
    .tuple(effect, fc.constantFrom("Action", "Action", "NotAction"), some(ACTIONS, 4), resources, condition)
    .map(([Effect, element, actions, [resourceElement, arns], Condition]) =>
      withCondition({ Effect, [element]: actions, [resourceElement]: arns }, Condition),
    );
const effects = fc.constantFrom<("Allow" | "Deny")[]>("Allow", "Deny");
const level: fc.Arbitrary<Statement[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Statement[]>([EVERYTHING]) },
  {
    weight: 2,
    arbitrary: statement(fc.constant<"Deny">("Deny")).map((deny) => [EVERYTHING, deny]),
  },
  { weight: 1, arbitrary: fc.array(statement(effects), { minLength: 1, maxLength: 3 }) },
);
const rcpStatement = fc
  .tuple(some(RCP_ACTIONS, 3), resources, condition)
  .map(([Action, [element, arns], Condition]) =>
    withCondition({ Effect: "Deny", Principal: "*", Action, [element]: arns }, Condition),
  );
const rcpLevel = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Statement[]>([]) },
  { weight: 1, arbitrary: rcpStatement.map((one) => [one]) },
);
export const anyCase: fc.Arbitrary<Case> = fc.record({
  caller: fc.constantFrom<Caller[]>("user", "session", "root"),
  request: fc.constantFrom(...REQUESTS),
  region: fc.constantFrom("eu-west-1", "us-east-1", "ap-southeast-2"),
  scps: fc.tuple(level, level, level, level),
  rcps: fc.tuple(rcpLevel, rcpLevel, rcpLevel, rcpLevel),
  identity: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Statement[]>([EVERYTHING]) },
    { weight: 1, arbitrary: fc.array(statement(effects), { minLength: 1, maxLength: 2 }) },
  ),
});
