import assert from "node:assert/strict";
import {
  MANAGEMENT,
  MEMBER,
  SECURITY,
  rootOf,
  type Credentials,
} from "../cloudtrail/testing/recorded-organization";
import SELF_PROTECTION from "./testing/self-protection.json";
import {
  ORGANIZATION_ROOT,
  SCP,
  REGION,
  document,
  policyArn,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

const ADMINISTRATOR = `arn:aws:iam::${MEMBER}:user/administrator`;
const MEMBER_ROOT = `arn:aws:iam::${MEMBER}:root`;
const queueUrl = (name: string) => `https://sqs.${REGION}.amazonaws.com/${MEMBER}/${name}`;
const rule = (name: string) => `arn:aws:events:${REGION}:${MEMBER}:rule/${name}`;

describe("A service control policy", () => {
  let organization: GovernedOrganization;
  let administrator: Credentials;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization({ trail: true });
    administrator = await organization.user("administrator");
    for (const Name of ["bailiwick-trail", "other"])
      await organization.done("events", "PutRule", { Name, EventPattern: '{"source":["x"]}' }, administrator);
  });
  after(() => organization?.stop());

  const disable = (by: Credentials, Name = "bailiwick-trail") =>
    organization.refused("events", "DisableRule", { Name }, by);
  const deny = (...Action: string[]) => ({ Effect: "Deny", Action, Resource: "*" });

  it("is attached as AWS's documentation of self-protection gives it, and lets only its exceptions pass", async () => {
    const stacksets = await organization.session("stacksets-exec-0123456789abcdef");
    const forwarder = await organization.session("bailiwick-events-forwarding-intact");

    await organization.under(SCP, JSON.stringify(SELF_PROTECTION), async (id) => {
      const words = (who: string) => ({
        code: "AccessDeniedException",
        message:
          `User: ${who} is not authorized to perform: events:DisableRule on resource: ${rule("bailiwick-trail")} ` +
          `with an explicit deny in a service control policy: ${policyArn("service", id)}`,
      });
      assert.deepEqual(await disable(administrator), words(ADMINISTRATOR));
      assert.deepEqual(await disable(rootOf(MEMBER)), words(MEMBER_ROOT));
      assert.equal(await disable(administrator, "other"), undefined);
      assert.equal(await disable(stacksets), undefined);
      const managed = { Name: "bailiwick-trail", EventPattern: '{"source":["x"]}' };
      await organization.done("events", "PutRule", managed);
      assert.equal(await disable(rootOf(MANAGEMENT)), undefined);
      const targets = { Rule: "bailiwick-trail", Ids: ["hub"] };
      assert.equal(await disable(forwarder), undefined);
      const administers = [
        ["events", "RemoveTargets", targets, "events:RemoveTargets"],
        ["sqs", "PurgeQueue", { QueueUrl: queueUrl("bailiwick-forwarding") }, "sqs:purgequeue"],
        ["cloudwatch", "DeleteAlarms", { AlarmNames: ["bailiwick-dead-letters"] }, "cloudwatch:DeleteAlarms"],
        [
          "cloudformation",
          "DeleteStack",
          { StackName: "StackSet-bailiwick-roles-1" },
          "cloudformation:DeleteStack",
        ],
        ["iam", "DeleteRole", { RoleName: "bailiwick-events-forwarding-intact" }, "iam:DeleteRole"],
        [
          "iam",
          "CreateRole",
          { RoleName: "bailiwick-x", AssumeRolePolicyDocument: document() },
          "iam:CreateRole",
        ],
        ["iam", "DeleteRole", { RoleName: "stacksets-exec-0123456789abcdef" }, "iam:DeleteRole"],
        ["organizations", "LeaveOrganization", {}, "organizations:LeaveOrganization"],
      ] as const;
      for (const [service, operation, parameters, action] of administers)
        for (const by of [administrator, rootOf(MEMBER)]) {
          const refused = await organization.refused(service, operation, parameters, by);
          const words = `is not authorized to perform: ${action} on resource: `;
          assert.ok(
            refused?.message.includes(words) && refused.message.includes(id),
            `${operation}: ${refused?.message}`,
          );
        }
    });
    assert.equal(await disable(administrator), undefined);
  });

  it("leaves a record of the refused call, with the code and the message", async () => {
    await organization.under(
      SCP,
      document(deny("events:DisableRule", "ec2:CreateVpc", "s3:CreateBucket")),
      async (id) => {
        const records = await organization.recordsOf(async () => {
          await disable(administrator);
          await organization.refused("ec2", "CreateVpc", { CidrBlock: "10.0.0.0/16" }, administrator);
          await organization.refused("s3", "CreateBucket", { Bucket: "refused-bucket" }, administrator);
        });

        const because = `with an explicit deny in a service control policy: ${policyArn("service", id)}`;
        const refused = (action: string, resource: string) =>
          `User: ${ADMINISTRATOR} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
        assert.deepEqual(
          records.map(({ eventName, errorCode, recipientAccountId }) => [
            eventName,
            errorCode,
            recipientAccountId,
          ]),
          [
            ["DisableRule", "AccessDenied", MEMBER],
            ["CreateVpc", "Client.UnauthorizedOperation", MEMBER],
            ["CreateBucket", "AccessDenied", MEMBER],
          ],
        );
        assert.equal(records[0]?.errorMessage, refused("events:DisableRule", rule("bailiwick-trail")));
        const vpc = refused("ec2:CreateVpc", `arn:aws:ec2:${REGION}:${MEMBER}:vpc/*`);
        assert.match(
          records[1]?.errorMessage ?? "",
          /^You are not authorized to perform this operation\. .*\. Encoded authorization failure message: [\w-]+$/,
        );
        assert.ok(records[1]?.errorMessage?.includes(` ${vpc}. `));
        assert.equal(records[2]?.errorMessage, refused("s3:CreateBucket", '"arn:aws:s3:::refused-bucket"'));
      },
    );
  });

  it("must allow at each level, from the root through every unit to the account", async () => {
    const unit = async (ParentId: string, Name: string) => {
      const made = await organization.done("organizations", "CreateOrganizationalUnit", { ParentId, Name });
      return (made["OrganizationalUnit"] as { Id: string }).Id;
    };
    const outer = await unit(ORGANIZATION_ROOT, "workloads");
    const inner = await unit(outer, "production");
    const move = (SourceParentId: string, DestinationParentId: string) =>
      organization.done("organizations", "MoveAccount", {
        AccountId: MEMBER,
        SourceParentId,
        DestinationParentId,
      });
    const some = document({ Effect: "Allow", Action: ["sqs:*", "events:DisableRule"], Resource: "*" });
    const why = "because no service control policy allows the events:PutRule action";
    const put = { Name: "other", EventPattern: '{"source":["x"]}' };
    const tried = () => organization.refused("events", "PutRule", put, administrator);

    for (const target of [outer, inner, MEMBER]) {
      await move(ORGANIZATION_ROOT, inner);
      await organization.under(
        SCP,
        some,
        async () => {
          assert.equal(await tried(), undefined, "FullAWSAccess is attached, too");
          await organization.detach("p-FullAWSAccess", target);
          assert.deepEqual(await tried(), {
            code: "AccessDeniedException",
            message: `User: ${ADMINISTRATOR} is not authorized to perform: events:PutRule on resource: ${rule("other")} ${why}`,
          });
          assert.equal(await disable(administrator), undefined);
          assert.equal(await disable(rootOf(SECURITY), "other"), undefined, "an account elsewhere");
          await move(inner, ORGANIZATION_ROOT);
          // Out of the units, only what is attached to the account still counts.
          assert.equal((await tried()) === undefined, target !== MEMBER);
          await organization.done("organizations", "AttachPolicy", {
            PolicyId: "p-FullAWSAccess",
            TargetId: target,
          });
        },
        target,
      );
    }
  });

  it("denies before anything else is asked, and after a change at once", async () => {
    const id = await organization.attach(SCP, document(deny("events:DisableRule")), MEMBER);
    const weak = await organization.user("weak", { policy: document(deny("sqs:*")) });
    assert.match((await disable(weak))!.message, /an explicit deny in a service control policy/);
    await organization.done("organizations", "UpdatePolicy", {
      PolicyId: id,
      Content: document(deny("sqs:*")),
    });
    assert.match((await disable(weak))!.message, /because no identity-based policy allows/);
    assert.equal(await disable(administrator), undefined);
    await organization.detach(id, MEMBER);
  });

  it("counts only while its type is enabled on the root, and all its attachments go with the type", async () => {
    const id = await organization.attach(SCP, document(deny("events:DisableRule")));
    const switched = { RootId: ORGANIZATION_ROOT, PolicyType: SCP };
    assert.notEqual(await disable(administrator), undefined);
    await organization.done("organizations", "DisablePolicyType", switched);
    assert.equal(await disable(administrator), undefined);
    await organization.done("organizations", "EnablePolicyType", switched);
    assert.equal(await disable(administrator), undefined);
    const { Targets } = await organization.done("organizations", "ListTargetsForPolicy", { PolicyId: id });
    assert.deepEqual(Targets, []);
  });

  it("doesn't bind service-linked roles, whose path nobody else can use", async () => {
    const trust = document({ Effect: "Allow", Principal: { AWS: MEMBER }, Action: "sts:AssumeRole" });
    const role = {
      RoleName: "escape",
      Path: "/aws-service-role/x.amazonaws.com/",
      AssumeRolePolicyDocument: trust,
    };
    assert.equal(
      (await organization.refused("iam", "CreateRole", role, administrator))?.code,
      "ValidationError",
    );
    const linked = { AWSServiceName: "autoscaling.amazonaws.com" };
    const { Role } = await organization.done("iam", "CreateServiceLinkedRole", linked, administrator);
    const { RoleName, Arn } = Role as { RoleName: string; Arn: string };
    const change = { RoleName, PolicyDocument: trust };
    assert.deepEqual(await organization.refused("iam", "UpdateAssumeRolePolicy", change, administrator), {
      code: "UnmodifiableEntity",
      message: `Cannot perform the operation on the protected role '${RoleName}' - this role is only modifiable by AWS`,
    });
    const question = { principal: { role: Arn }, action: "sqs:SendMessage", resource: "arn:aws:sqs:x:y:z" };
    await organization.under(SCP, document(deny("sqs:*")), async (id) => {
      const answer = await organization.emulator.authorize(question);
      assert.deepEqual(answer, {
        allowed: false,
        reason: `the policies of ${Arn} do not allow sqs:SendMessage on arn:aws:sqs:x:y:z`,
      });
      const worker = await organization.session("worker");
      assert.equal((await organization.refused("sqs", "ListQueues", {}, worker))?.code, "AccessDenied");
      const role = `arn:aws:iam::${MEMBER}:role/worker`;
      assert.deepEqual(await organization.emulator.authorize({ ...question, principal: { role } }), {
        allowed: false,
        reason:
          `${role} is not authorized to perform sqs:SendMessage on arn:aws:sqs:x:y:z ` +
          `with an explicit deny in a service control policy: ${policyArn("service", id)}`,
      });
    });
  });

  it("binds a call on several resources if it is about one of them", async () => {
    const protectedAlarms = {
      ...deny("cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions"),
      Resource: "arn:aws:cloudwatch:*:*:alarm:bailiwick-*",
    };
    await organization.under(SCP, document(protectedAlarms), async () => {
      const both = { AlarmNames: ["other", "bailiwick-dead-letters"] };
      const refused = await organization.refused("cloudwatch", "DeleteAlarms", both, administrator);
      assert.match(refused!.message, /on resource: \S+:alarm:bailiwick-dead-letters with an explicit deny/);
      assert.equal(
        await organization.refused("cloudwatch", "DeleteAlarms", { AlarmNames: ["other"] }, administrator),
        undefined,
      );
    });
  });

  it("limits instance types by ec2:InstanceType, and says so in EC2's words", async () => {
    const small = {
      Effect: "Deny",
      Action: "ec2:RunInstances",
      Resource: "arn:aws:ec2:*:*:instance/*",
      Condition: { StringNotEquals: { "ec2:InstanceType": "t3.micro" } },
    };
    const run = (InstanceType: string) =>
      organization.refused(
        "ec2",
        "RunInstances",
        { ImageId: "ami-1", InstanceType, MinCount: 1, MaxCount: 1 },
        administrator,
      );
    await organization.under(SCP, document(small), async () => {
      assert.equal(await run("t3.micro"), undefined);
      assert.equal((await run("p5.48xlarge"))?.code, "UnauthorizedOperation");
    });
  });
  it("of another type binds nobody, as a tag policy", async () => {
    await organization.done("organizations", "EnablePolicyType", {
      RootId: ORGANIZATION_ROOT,
      PolicyType: "TAG_POLICY",
    });
    await organization.under(
      "TAG_POLICY",
      JSON.stringify({ tags: { owner: { tag_key: { "@@assign": "owner" } } } }),
      async () => {
        assert.equal(await disable(administrator), undefined);
      },
    );
  });
});
