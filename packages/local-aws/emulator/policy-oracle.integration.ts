/**
 * The verdicts of the local organization beside those of an independent evaluator, for generated policies and requests.
 *
 * Left out, because the two differ: NotResource with a variable whose key is absent. By AWS's documentation an absent key is equal
 * to nothing, so that the statement is about the resource, and a Deny denies; the evaluator takes the whole statement away.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
 */
import assert from "node:assert/strict";
import { runSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
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
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
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
import {
  EVERYTHING,
  RCP_ACTIONS,
  ROLE,
  USER,
  anyCase,
  type Case,
  type Statement,
} from "./testing/generated-policies";
import { ORGANIZATION_ROOT } from "./testing/governed-organization";

const CASES = 300;
const SEED = 20261130;

type Verdict = "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied";

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
      new EnablePolicyTypeCommand({ RootId: ORGANIZATION_ROOT, PolicyType: "RESOURCE_CONTROL_POLICY" }),
    );
    units = [ORGANIZATION_ROOT];
    for (const Name of ["workloads", "production"]) {
      const made = await organizations.send(
        new CreateOrganizationalUnitCommand({ ParentId: units.at(-1), Name }),
      );
      units.push(made.OrganizationalUnit!.Id!);
    }
    await organizations.send(
      new MoveAccountCommand({
        AccountId: MEMBER,
        SourceParentId: ORGANIZATION_ROOT,
        DestinationParentId: units[2],
      }),
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
    return answer.overallResult;
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
