/**
 * The verdicts of the local organization beside those of an independent evaluator, for generated policies and requests.
 *
 * Left out, because the two differ: NotResource with a variable whose key is absent. By AWS's documentation an absent key is equal
 * to nothing, so that the statement is about the resource, and a Deny denies; the evaluator takes the whole statement away.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
 */
import assert from "node:assert/strict";
import { runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  AttachPolicyCommand,
  CreateOrganizationalUnitCommand,
  CreatePolicyCommand,
  DetachPolicyCommand,
  EnablePolicyTypeCommand,
  MoveAccountCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
  type PolicyType,
} from "@aws-sdk/client-organizations";
import { CreateBucketCommand, GetBucketTaggingCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import {
  MANAGEMENT,
  MEMBER,
  ORGANIZATION_ID,
  rootOf,
  startRecordedOrganization,
  type Credentials,
  type RecordedOrganization,
} from "../cloudtrail/testing/recorded-organization";

const ROOT = "r-exam";
const CASES = 300;
const SEED = 20261130;
const USER = `arn:aws:iam::${MEMBER}:user/staff/tester`;
const ROLE = `arn:aws:iam::${MEMBER}:role/worker`;

type Verdict = "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";
type Caller = "user" | "session" | "root";
interface Statement {
  Effect: "Allow" | "Deny";
  [element: string]: unknown;
}
interface Case {
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

const EVERYTHING: Statement = { Effect: "Allow", Action: "*", Resource: "*" };

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

const RCP_ACTIONS = [
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
  { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": `${ORGANIZATION_ID}/${ROOT}/ou-*` } },
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
const anyCase: fc.Arbitrary<Case> = fc.record({
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

const alreadyThere = ({ name, message }: Error) =>
  assert.equal(name, "EntityAlreadyExistsException", message);
const document = (Statement: Statement[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const shown = ({ request, ...rest }: Case) => JSON.stringify({ ...rest, action: request.action });
/** An RCP must have a statement: this one denies nothing that is tried here. */
const NOTHING: Statement = { Effect: "Deny", Principal: "*", Action: "sts:AssumeRoot", Resource: "*" };

describe("The verdicts on generated policies", () => {
  let organization: RecordedOrganization;
  let organizations: OrganizationsClient;
  let iam: IAMClient;
  let sts: STSClient;
  let made = 0;
  let units: string[];
  const policies = { SERVICE_CONTROL_POLICY: [] as string[], RESOURCE_CONTROL_POLICY: [] as string[] };
  const cases = fc.sample(anyCase, { numRuns: CASES, seed: SEED });
  let callers: { arn: string; principal: string; credentials: Credentials }[];

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization({ trail: false });
    organizations = new OrganizationsClient(organization.config(MANAGEMENT, "us-east-1"));
    iam = new IAMClient(organization.config(MEMBER, "us-east-1"));
    sts = new STSClient(organization.config(MEMBER));
    callers = await Promise.all(cases.map((each) => makeCaller(each)));
    await new S3Client({ ...organization.config(MEMBER), forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: "oracle-bucket" }),
    );
    await organizations.send(
      new EnablePolicyTypeCommand({ RootId: ROOT, PolicyType: "RESOURCE_CONTROL_POLICY" }),
    );
    units = [ROOT];
    for (const Name of ["workloads", "production"]) {
      const made = await organizations.send(
        new CreateOrganizationalUnitCommand({ ParentId: units.at(-1), Name }),
      );
      units.push(made.OrganizationalUnit!.Id!);
    }
    await organizations.send(
      new MoveAccountCommand({ AccountId: MEMBER, SourceParentId: ROOT, DestinationParentId: units[2] }),
    );
    for (const TargetId of [...units, MEMBER]) {
      for (const Type of ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] as const)
        policies[Type].push(await attach(Type, TargetId));
      await organizations.send(new DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId }));
    }
  });
  after(async () => {
    organizations?.destroy();
    iam?.destroy();
    sts?.destroy();
    await organization?.stop();
  });

  /** Made before the policies, which bind whoever would make it later. */
  async function makeCaller({ caller, identity }: Case) {
    if (caller === "root") {
      const arn = `arn:aws:iam::${MEMBER}:root`;
      return { arn, principal: arn, credentials: rootOf(MEMBER) };
    }
    const policy = { PolicyName: "own", PolicyDocument: document(identity) };
    const name = identity[0] === EVERYTHING ? "" : `-${(made += 1)}`;
    if (caller === "user") {
      const [UserName, arn] = [`tester${name}`, `${USER}${name}`];
      const user = { UserName, Path: "/staff/", Tags: [{ Key: "Team", Value: "blue" }] };
      await iam.send(new CreateUserCommand(user)).catch(alreadyThere);
      await iam.send(new PutUserPolicyCommand({ UserName, ...policy }));
      const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      const credentials = { accessKeyId: key!.AccessKeyId!, secretAccessKey: key!.SecretAccessKey! };
      return { arn, principal: arn, credentials };
    }
    const [RoleName, arn] = [`worker${name}`, `${ROLE}${name}`];
    const trust = { Effect: "Allow", Principal: { AWS: MEMBER }, Action: "sts:AssumeRole" } as const;
    const role = { RoleName, AssumeRolePolicyDocument: document([trust]) };
    await iam.send(new CreateRoleCommand(role)).catch(alreadyThere);
    await iam.send(new PutRolePolicyCommand({ RoleName, ...policy }));
    const session = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "oracle" });
    const { Credentials: of } = await sts.send(session);
    return {
      arn,
      principal: `arn:aws:sts::${MEMBER}:assumed-role/${RoleName}/oracle`,
      credentials: {
        accessKeyId: of!.AccessKeyId!,
        secretAccessKey: of!.SecretAccessKey!,
        sessionToken: of!.SessionToken!,
      },
    };
  }

  async function attach(Type: PolicyType & keyof typeof policies, TargetId: string): Promise<string> {
    const Content = document([Type === "SERVICE_CONTROL_POLICY" ? EVERYTHING : NOTHING]);
    const made = await organizations.send(
      new CreatePolicyCommand({ Name: `of-${TargetId}`, Description: "", Type, Content }),
    );
    const PolicyId = made.Policy!.PolicySummary!.Id!;
    await organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }));
    return PolicyId;
  }

  /** What the local organization answers to the request. */
  async function tried({ request, region, scps, rcps }: Case, credentials: Credentials): Promise<Verdict> {
    const update = (PolicyId: string | undefined, statements: Statement[]) =>
      organizations.send(new UpdatePolicyCommand({ PolicyId, Content: document(statements) }));
    await Promise.all([
      ...scps.map((statements, at) => update(policies.SERVICE_CONTROL_POLICY[at], statements)),
      ...rcps.map((statements, at) => update(policies.RESOURCE_CONTROL_POLICY[at], [...statements, NOTHING])),
    ]);
    const config = { ...organization.config(MEMBER, request.region ?? region), credentials };
    const client = request.client(config);
    try {
      await client.send(request.command as never);
      return "Allowed";
    } catch (error) {
      const { name, message } = error as Error;
      if (!/AccessDenied|UnauthorizedOperation/.test(name)) return "Allowed";
      return message.includes("explicit deny") ? "ExplicitlyDenied" : "ImplicitlyDenied";
    } finally {
      client.destroy();
    }
  }

  /** What the independent evaluator says, which must be given every condition key. */
  async function simulated(
    { caller, request, region, scps, rcps, identity }: Case,
    { arn, principal }: { arn: string; principal: string },
  ): Promise<Verdict> {
    const level = (at: number) => [...units, MEMBER][at]!;
    const policy = (Statement: Statement[]) => ({ Version: "2012-10-17", Statement });
    const rcpService = RCP_ACTIONS.some((each) => each.split(":")[0] === request.action.split(":")[0]);
    const simulation: Simulation = {
      request: {
        principal,
        action: request.action,
        resource: { resource: request.resource(request.region ?? region), accountId: MEMBER },
        contextVariables: {
          "aws:PrincipalArn": arn,
          "aws:PrincipalAccount": MEMBER,
          "aws:PrincipalOrgID": ORGANIZATION_ID,
          "aws:PrincipalOrgPaths": [`${ORGANIZATION_ID}/${units.join("/")}/`],
          "aws:PrincipalType": { user: "User", session: "AssumedRole", root: "Account" }[caller],
          "aws:PrincipalIsAWSService": "false",
          "aws:RequestedRegion": request.region ?? region,
          "aws:ResourceAccount": MEMBER,
          "aws:ResourceOrgID": ORGANIZATION_ID,
          "aws:SourceIp": "127.0.0.1",
          "aws:CurrentTime": new Date().toISOString(),
          ...(caller === "user" ? { "aws:PrincipalTag/Team": "blue" } : {}),
          ...(caller === "session" ? { "aws:MultiFactorAuthPresent": "false" } : {}),
        },
      },
      identityPolicies: [{ name: "own", policy: policy(caller === "root" ? [EVERYTHING] : identity) }],
      serviceControlPolicies: scps.map((statements, at) => ({
        orgIdentifier: level(at),
        policies: [{ name: `scp-${at}`, policy: policy(statements) }],
      })),
      resourceControlPolicies: rcps.map((statements, at) => ({
        orgIdentifier: level(at),
        policies:
          rcpService && statements.length > 0 ? [{ name: `rcp-${at}`, policy: policy(statements) }] : [],
      })),
    };
    const answer = await runSimulation(simulation, { simulationMode: "Strict" });
    if (answer.resultType === "error") throw new Error(JSON.stringify(answer.errors));
    return answer.overallResult as Verdict;
  }

  it(`are those of an independent evaluator, in ${CASES} cases`, async function () {
    this.timeout(180_000);
    const differences: string[] = [];
    const counts: Record<string, number> = {};
    for (const [at, each] of cases.entries()) {
      const caller = callers[at]!;
      const [mine, theirs] = [await tried(each, caller.credentials), await simulated(each, caller)];
      counts[theirs] = (counts[theirs] ?? 0) + 1;
      if (mine !== theirs) differences.push(`${mine}, not ${theirs}: ${shown(each)}`);
    }
    assert.deepEqual(differences, []);
    assert.ok(
      Object.values(counts).every((count) => count >= CASES / 20),
      JSON.stringify(counts),
    );
  });
});
