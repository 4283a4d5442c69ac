/** Long because one deployment, which takes most of the time, serves all mistakes. */
import assert from "node:assert/strict";
import * as ct from "@aws-sdk/client-cloudtrail";
import * as eb from "@aws-sdk/client-eventbridge";
import { CreateUserCommand, DeleteUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import * as lambda from "@aws-sdk/client-lambda";
import { GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { deployedOrganization, eventually } from "../support/local";
import { AWAY, CONTROL, FORWARDING_RULE, wiringOf, HOME, NAME, whileMistaken, type Undo } from "./deployment";

const TRAIL = "bailiwick";

describe("a mistake in the wiring is caught with its reason:", function () {
  this.timeout(30_000);
  // The trail control would remediate what is broken here.
  const deployed = deployedOrganization({
    "bailiwick:controls": { [CONTROL]: { mode: "enforce" }, "cloudtrail-trail-logging": { mode: "off" } },
  });
  const {
    client,
    id,
    provoke,
    stopped,
    outcome,
    changeTrust,
    changeRolePolicy,
    changeQueue,
    changeTarget,
    removeTarget,
  } = wiringOf(deployed);
  const trails = () => client(ct.CloudTrailClient, "management");
  const member = () => client(eb.EventBridgeClient, "payments", AWAY);
  const hub = () => client(eb.EventBridgeClient, "security");
  const busArn = () => `arn:aws:events:${HOME}:${id("security")}:event-bus/bailiwick`;
  const queueArn = (region = HOME) => `arn:aws:sqs:${region}:${id("security")}:${NAME}`;
  const replace = (from: string | RegExp, to: string) => (text: string) =>
    text.replaceAll(new RegExp(from, "g"), to);

  it("none is made: then the control remediates the bucket", async () => {
    assert.match(await outcome(), /reported its outcome: remediated/);
  });

  describe("in the trail,", () => {
    const updated = async (
      change: Omit<ct.UpdateTrailCommandInput, "Name">,
      back: Omit<ct.UpdateTrailCommandInput, "Name">,
    ): Promise<Undo> => {
      await trails().send(new ct.UpdateTrailCommand({ Name: TRAIL, ...change }));
      return () => trails().send(new ct.UpdateTrailCommand({ Name: TRAIL, ...back }));
    };

    it("which does not log", async () => {
      const stop = async () => {
        await trails().send(new ct.StopLoggingCommand({ Name: TRAIL }));
        return () => trails().send(new ct.StartLoggingCommand({ Name: TRAIL }));
      };
      assert.match(
        await whileMistaken(stop(), stopped),
        /No trail that logs covers PutBucketPolicy in eu-central-1 .*trail bailiwick/,
      );
    });

    it("which logs one region only", async () => {
      const one = updated({ IsMultiRegionTrail: false }, { IsMultiRegionTrail: true });
      assert.match(await whileMistaken(one, stopped), /trail bailiwick .*eu-west-1/);
    });

    it("which is the management account's alone", async () => {
      const alone = updated({ IsOrganizationTrail: false }, { IsOrganizationTrail: true });
      assert.match(
        await whileMistaken(alone, stopped),
        /No trail that logs covers .*trail bailiwick is 100000000001's alone/,
      );
    });

    it("which omits global service events", async () => {
      const without = updated({ IncludeGlobalServiceEvents: false }, { IncludeGlobalServiceEvents: true });
      assert.match(
        await whileMistaken(without, iamCall),
        /No trail that logs covers CreateUser in us-east-1 .*global/,
      );
    });

    const selected = async (change: ct.AdvancedEventSelector[]): Promise<Undo> => {
      const before = await trails().send(new ct.GetEventSelectorsCommand({ TrailName: TRAIL }));
      await trails().send(
        new ct.PutEventSelectorsCommand({ TrailName: TRAIL, AdvancedEventSelectors: change }),
      );
      const { EventSelectors, AdvancedEventSelectors } = before;
      const had = AdvancedEventSelectors?.length ? { AdvancedEventSelectors } : { EventSelectors };
      return () => trails().send(new ct.PutEventSelectorsCommand({ TrailName: TRAIL, ...had }));
    };
    const management = { Field: "eventCategory", Equals: ["Management"] };

    it("whose selectors include reads only", async () => {
      const reads = selected([
        { Name: "reads", FieldSelectors: [management, { Field: "readOnly", Equals: ["true"] }] },
      ]);
      assert.match(
        await whileMistaken(reads, stopped),
        /No trail that logs covers PutBucketPolicy .*selector/,
      );
    });

    it("whose selectors omit S3", async () => {
      const source = { Field: "eventSource", NotEquals: ["s3.amazonaws.com"] };
      const without = selected([{ Name: "without", FieldSelectors: [management, source] }]);
      assert.match(
        await whileMistaken(without, stopped),
        /No trail that logs covers PutBucketPolicy .*selector/,
      );
    });

    it("whose bucket's policy does not let CloudTrail write", async () => {
      const failures = await whileMistaken(
        bucketPolicy((policy) => policy.replaceAll("s3:PutObject", "s3:PutObjectTagging")),
        deliveryFailure,
      );
      assert.match(
        failures,
        /CloudTrail can't write into the bucket .*does not allow s3:PutObject by cloudtrail/,
      );
    });

    it("whose bucket's policy names another trail", async () => {
      const failures = await whileMistaken(
        bucketPolicy((policy) => policy.replaceAll(`trail/${TRAIL}`, "trail/another")),
        deliveryFailure,
      );
      assert.match(
        failures,
        /does not allow s3:GetBucketAcl by cloudtrail\.amazonaws\.com with aws:sourcearn=/,
      );
    });

    it("whose key's policy does not name CloudTrail", async () => {
      const failures = await whileMistaken(
        keyPolicy((policy) => policy.replaceAll("cloudtrail.amazonaws.com", "config.amazonaws.com")),
        deliveryFailure,
      );
      assert.match(failures, /CloudTrail can't use the key .*does not allow kms:GenerateDataKey/);
    });

    it("whose bucket does not exist, which UpdateTrail refuses", async () => {
      const nowhere = trails().send(
        new ct.UpdateTrailCommand({ Name: TRAIL, S3BucketName: "nobodys-bucket" }),
      );
      await assert.rejects(nowhere, {
        name: "S3BucketDoesNotExistException",
        message: "S3 bucket nobodys-bucket does not exist!",
      });
    });

    it("whose bucket's policy names another trail, which UpdateTrail refuses", async () => {
      const { S3BucketName } = await trailNow();
      const again = () => trails().send(new ct.UpdateTrailCommand({ Name: TRAIL, S3BucketName }));
      const other = bucketPolicy((policy) => policy.replaceAll(`trail/${TRAIL}`, "trail/another"));
      await assert.rejects(whileMistaken(other, again), {
        name: "InsufficientS3BucketPolicyException",
        message: new RegExp(
          `^Incorrect S3 bucket policy is detected for bucket: ${S3BucketName}\\. .*does not allow s3:GetBucketAcl`,
        ),
      });
    });

    it("whose key's policy does not name CloudTrail, which UpdateTrail refuses", async () => {
      const { S3BucketName, KmsKeyId } = await trailNow();
      const again = () => trails().send(new ct.UpdateTrailCommand({ Name: TRAIL, KmsKeyId }));
      const other = keyPolicy((policy) =>
        policy.replaceAll("cloudtrail.amazonaws.com", "config.amazonaws.com"),
      );
      await assert.rejects(whileMistaken(other, again), {
        name: "InsufficientEncryptionPolicyException",
        message: new RegExp(
          `^Insufficient permissions to access S3 bucket ${S3BucketName} or KMS key ${KmsKeyId}\\. ` +
            ".*does not allow kms:GenerateDataKey",
        ),
      });
    });

    async function trailNow(): Promise<ct.Trail> {
      const { trailList = [] } = await trails().send(
        new ct.DescribeTrailsCommand({ trailNameList: [TRAIL] }),
      );
      return trailList[0] ?? assert.fail("no trail");
    }
    async function bucketPolicy(change: (policy: string) => string): Promise<Undo> {
      const s3 = client(S3Client, "logArchive");
      const Bucket = (await trailNow()).S3BucketName;
      const { Policy = "" } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
      const set = (policy: string) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
      assert.notEqual(change(Policy), Policy);
      await set(change(Policy));
      return () => set(Policy);
    }
    async function keyPolicy(change: (policy: string) => string): Promise<Undo> {
      const KeyId = (await trailNow()).KmsKeyId ?? assert.fail("no key");
      const [, , , region, account] = KeyId.split(":");
      const kms = new KMSClient(deployed().organization.aws(account ?? "", region));
      const { Policy = "" } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }));
      const set = (policy: string) =>
        kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: "default", Policy: policy }));
      assert.notEqual(change(Policy), Policy);
      await set(change(Policy));
      return () => set(Policy);
    }
    async function deliveryFailure(): Promise<string> {
      const { cloudTrail } = deployed().organization;
      const path = await provoke();
      await eventually(async () => path()?.steps.find(({ stage }) => stage === "trail"), "it is recorded");
      await cloudTrail.flush();
      const failures = cloudTrail.deliveryErrors.map(({ message }) => message);
      return failures.join("\n");
    }
  });

  describe("in the forwarding,", () => {
    it("with no rule in the region", async () => {
      const without = async () => {
        const pattern = await patternOf(member(), FORWARDING_RULE);
        const back = await removeTarget("payments", AWAY, FORWARDING_RULE, "default");
        await member().send(new eb.DeleteRuleCommand({ Name: FORWARDING_RULE }));
        return async () => {
          await member().send(new eb.PutRuleCommand({ Name: FORWARDING_RULE, EventPattern: pattern }));
          await back();
        };
      };
      assert.match(
        await whileMistaken(without(), stopped),
        /No rule of the bus default in 200000000001, eu-central-1 matched. The bus has no rules/,
      );
    });

    it("with a rule that is disabled", async () => {
      const disabled = async () => {
        await member().send(new eb.DisableRuleCommand({ Name: FORWARDING_RULE }));
        return () => member().send(new eb.EnableRuleCommand({ Name: FORWARDING_RULE }));
      };
      assert.match(
        await whileMistaken(disabled(), stopped),
        /The pattern of rule bailiwick-forwarding-1 matches, but the rule is DISABLED/,
      );
    });

    it("with a rule that omits the control's calls", async () => {
      const other = pattern(member(), FORWARDING_RULE, "default", replace("PutBucketPolicy", "PutBucketAcl"));
      assert.match(
        await whileMistaken(other, stopped),
        /The closest rule is bailiwick-forwarding-1, but .*PutBucketPolicy/,
      );
    });

    it("with a rule without target", async () => {
      const none = removeTarget("payments", AWAY, FORWARDING_RULE, "default");
      assert.match(
        await whileMistaken(none, stopped),
        /rule\/bailiwick-forwarding-1 matched, but has no targets/,
      );
    });

    it("whose role does not trust EventBridge", async () => {
      const lambdas = changeTrust(
        "payments",
        "bailiwick-forwarding",
        replace("events.amazonaws.com", "lambda.amazonaws.com"),
      );
      assert.match(
        await whileMistaken(lambdas, stopped),
        /trust policy of .*role\/bailiwick-forwarding does not let events.amazonaws.com assume it.*FAILED_TO_ASSUME_ROLE/,
      );
    });

    it("whose role is pinned to another account", async () => {
      const other = changeTrust(
        "payments",
        "bailiwick-forwarding",
        replace(`"aws:SourceAccount":"${id("payments")}"`, '"aws:SourceAccount":"111111111111"'),
      );
      assert.match(
        await whileMistaken(other, stopped),
        /does not let events.amazonaws.com assume it with .*aws:sourceaccount=200000000001/,
      );
    });

    it("whose role is pinned to another region's rules", async () => {
      const other = changeTrust(
        "payments",
        "bailiwick-forwarding",
        replace("arn:aws:events:*:", "arn:aws:events:ap-south-1:"),
      );
      assert.match(
        await whileMistaken(other, stopped),
        /assume it with aws:sourcearn=arn:aws:events:eu-central-1:200000000001:rule\/bailiwick-forwarding-1/,
      );
    });

    it("whose role may not put events on the hub's bus", async () => {
      const other = changeRolePolicy(
        "payments",
        "bailiwick-forwarding",
        "forward",
        replace("event-bus/bailiwick", "event-bus/other"),
      );
      assert.match(
        await whileMistaken(other, stopped),
        /policies of .*role\/bailiwick-forwarding do not allow events:PutEvents on .*event-bus\/bailiwick.*NO_PERMISSIONS/,
      );
    });

    it("with a role of another account", async () => {
      const hubs = changeTarget("payments", AWAY, FORWARDING_RULE, "default", (target) => ({
        ...target,
        RoleArn: `arn:aws:iam::${id("security")}:role/bailiwick-forwarding`,
      }));
      assert.match(await whileMistaken(hubs, stopped), /belongs to another account than the rule/);
    });

    it("without a role, which PutTargets refuses", async () => {
      const without = changeTarget(
        "payments",
        AWAY,
        FORWARDING_RULE,
        "default",
        ({ RoleArn: _, ...target }) => target,
      );
      await assert.rejects(without, {
        name: "ValidationException",
        message: /RoleArn is required for target .*event-bus\/bailiwick/,
      });
    });

    it("to a bus that does not exist, which PutTargets refuses", async () => {
      const other = changeTarget("payments", AWAY, FORWARDING_RULE, "default", (target) => ({
        ...target,
        Arn: `${busArn()}s`,
      }));
      await assert.rejects(other, { name: "AccessDeniedException" });
    });

    it("with input settings, which PutTargets refuses for a bus of another account", async () => {
      const shaped = changeTarget("payments", AWAY, FORWARDING_RULE, "default", (target) => ({
        ...target,
        InputPath: "$.detail",
      }));
      await assert.rejects(shaped, {
        message: /InputPath is not available for a target that is an event bus of another account/,
      });
    });

    it("with a pattern of more than 2,048 characters, which PutRule refuses", async () => {
      const EventPattern = JSON.stringify({ source: ["aws.s3"], detail: { eventName: ["x".repeat(2048)] } });
      const put = member().send(new eb.PutRuleCommand({ Name: "long", EventPattern }));
      await assert.rejects(put, {
        name: "LimitExceededException",
        message: /exceeds the maximum of 2048 characters/,
      });
    });

    it("with an invalid pattern, which PutRule refuses", async () => {
      const put = member().send(new eb.PutRuleCommand({ Name: "none", EventPattern: '{"source":"aws.s3"}' }));
      await assert.rejects(put, { name: "InvalidEventPatternException" });
    });

    it("with six targets, which PutTargets refuses", async () => {
      const Targets = [1, 2, 3, 4, 5].map((index) => ({
        Id: `q${index}`,
        Arn: `arn:aws:sqs:${AWAY}:${id("payments")}:q`,
      }));
      const put = member().send(new eb.PutTargetsCommand({ Rule: FORWARDING_RULE, Targets }));
      await assert.rejects(put, { name: "LimitExceededException" });
    });

    it("with a target whose input can't be made, which PutTargets refuses", async () => {
      const made = (input: Partial<eb.Target>) => {
        const Targets = [{ Id: "shaped", Arn: `arn:aws:sqs:${AWAY}:${id("payments")}:q`, ...input }];
        return member().send(new eb.PutTargetsCommand({ Rule: FORWARDING_RULE, Targets }));
      };
      const template = (InputTemplate: string) => ({
        InputTransformer: { InputPathsMap: { name: "$.detail.eventName" }, InputTemplate },
      });
      const cases: [Partial<eb.Target>, RegExp][] = [
        [{ Input: "{call: made}" }, /^JSON syntax error in input for target shaped: /],
        [{ InputPath: "detail.eventName" }, /^InputPath for target shaped is invalid\.$/],
        [
          template('{"call": <eventName>}'),
          /^InputTemplate for target shaped contains invalid placeholder eventName\.$/,
        ],
        [template("<name> was called"), /^Invalid InputTemplate for target shaped : /],
      ];
      for (const [input, message] of cases)
        await assert.rejects(made(input), { name: "ValidationException", message });
      const { Targets } = await member().send(new eb.ListTargetsByRuleCommand({ Rule: FORWARDING_RULE }));
      assert.equal(Targets?.length, 1);
    });

    it("with a name or a state that no rule can have, which PutRule refuses", async () => {
      const put = (rule: { Name: string; State?: eb.RuleState }) =>
        member().send(new eb.PutRuleCommand({ EventPattern: '{"source":["aws.s3"]}', ...rule }));
      await assert.rejects(put({ Name: "forwarding rule" }), {
        name: "ValidationException",
        message: /Value 'forwarding rule' at 'name' failed to satisfy constraint/,
      });
      await assert.rejects(put({ Name: "forwarding", State: "ON" as eb.RuleState }), {
        name: "ValidationException",
        message: /enum value set: \[ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\]/,
      });
    });

    it("of IAM calls from another region than us-east-1", async () => {
      const iamRule = async () => {
        await member().send(new eb.PutRuleCommand({ Name: "iam", EventPattern: '{"source":["aws.iam"]}' }));
        return () => member().send(new eb.DeleteRuleCommand({ Name: "iam" }));
      };
      assert.match(
        await whileMistaken(iamRule(), iamCall),
        /No rule of the bus default in 200000000001, us-east-1 matched/,
      );
    });

    it("whose dead-letter queue is in another region", async () => {
      const far = `arn:aws:sqs:${HOME}:${id("payments")}:bailiwick-forwarding-dlq`;
      const both = async () => {
        const target = await changeTarget("payments", AWAY, FORWARDING_RULE, "default", (one) => ({
          ...one,
          DeadLetterConfig: { Arn: far },
        }));
        const role = await changeTrust(
          "payments",
          "bailiwick-forwarding",
          replace("events.amazonaws.com", "lambda.amazonaws.com"),
        );
        return () => Promise.all([target(), role()]);
      };
      assert.match(
        await whileMistaken(both(), stopped),
        /dead-letter queue did not receive it: .*must be in the rule's region eu-central-1/,
      );
    });

    it("whose dead-letter queue's policy does not name the rule", async () => {
      const both = async () => {
        const queue = await changeQueue(
          "bailiwick-forwarding-dlq",
          "Policy",
          replace(FORWARDING_RULE, "another"),
          "payments",
          AWAY,
        );
        const role = await changeTrust(
          "payments",
          "bailiwick-forwarding",
          replace("events.amazonaws.com", "lambda.amazonaws.com"),
        );
        return () => Promise.all([queue(), role()]);
      };
      assert.match(
        await whileMistaken(both(), stopped),
        /dead-letter queue did not receive it: The policy of .*bailiwick-forwarding-dlq does not allow sqs:SendMessage/,
      );
    });
  });

  describe("in the hub,", () => {
    it("whose bus is open to another organization", async () => {
      assert.match(
        await whileMistaken(busPolicy(replace("o-bailiwick0", "o-stranger00")), stopped),
        /policy of .*event-bus\/bailiwick does not allow events:PutEvents by .*role\/bailiwick-forwarding \(aws:PrincipalOrgID=o-bailiwick0\)/,
      );
    });

    it("whose bus is open to a role of another name", async () => {
      const other = busPolicy(replace("role/bailiwick-forwarding", "role/forwarder"));
      assert.match(
        await whileMistaken(other, stopped),
        /event-bus\/bailiwick does not allow events:PutEvents/,
      );
    });

    it("whose bus is closed when the targets are made, which PutTargets refuses", async () => {
      const refused = whileMistaken(busPolicy(replace("o-bailiwick0", "o-stranger00")), () =>
        changeTarget("payments", AWAY, FORWARDING_RULE, "default", (target) => target),
      );
      await assert.rejects(refused, {
        name: "AccessDeniedException",
        message: /no resource-based policy allows/,
      });
    });

    it("whose rule is disabled", async () => {
      const rule = { Name: NAME, EventBusName: "bailiwick" };
      const disabled = async () => {
        await hub().send(new eb.DisableRuleCommand(rule));
        return () => hub().send(new eb.EnableRuleCommand(rule));
      };
      assert.match(
        await whileMistaken(disabled(), stopped),
        new RegExp(`The pattern of rule ${NAME} matches, but the rule is DISABLED`),
      );
    });

    it("whose rule is for one account only", async () => {
      const one = pattern(hub(), NAME, "bailiwick", (text) =>
        text.replace("{", '{"account":["999999999999"],'),
      );
      assert.match(
        await whileMistaken(one, stopped),
        new RegExp(`The closest rule is ${NAME}, but account is "200000000001", wanted \\["999999999999"\\]`),
      );
    });

    it("which sends events on to a third bus", async () => {
      const third = `arn:aws:events:${HOME}:${id("management")}:event-bus/default`;
      const on = changeTarget("security", HOME, NAME, "bailiwick", (target) => ({
        Id: target.Id,
        Arn: third,
        RoleArn: `arn:aws:iam::${id("security")}:role/bailiwick-forwarding`,
      }));
      // PutTargets checks the third bus's policy first.
      const open = async () => {
        const management = client(eb.EventBridgeClient, "management");
        await management.send(
          new eb.PutPermissionCommand({
            StatementId: "s",
            Action: "events:PutEvents",
            Principal: id("security"),
          }),
        );
        return () => management.send(new eb.RemovePermissionCommand({ StatementId: "s" }));
      };
      await assert.rejects(on, { name: "AccessDeniedException" });
      const reason = await whileMistaken(open(), () =>
        whileMistaken(
          changeTarget("security", HOME, NAME, "bailiwick", (target) => ({
            Id: target.Id,
            Arn: third,
            RoleArn: `arn:aws:iam::${id("security")}:role/bailiwick-forwarding`,
          })),
          stopped,
        ),
      );
      assert.match(reason, /does not send it on to the third bus .*THIRD_ACCOUNT_HOP_DETECTED/);
    });

    it("whose queue's policy does not name the rule", async () => {
      const other = changeQueue(NAME, "Policy", replace(`rule/bailiwick/${NAME}`, "rule/bailiwick/other"));
      assert.match(
        await whileMistaken(other, stopped),
        new RegExp(
          `policy of ${queueArn()} does not allow sqs:SendMessage by events.amazonaws.com with aws:sourcearn=.*rule/bailiwick/${NAME}`,
        ),
      );
    });

    it("whose queue has no policy", async () => {
      assert.match(
        await whileMistaken(
          changeQueue(NAME, "Policy", () => ""),
          stopped,
        ),
        /does not allow sqs:SendMessage by events.amazonaws.com/,
      );
    });

    it("whose queue is encrypted with a key that EventBridge may not use", async () => {
      const kms = client(KMSClient, "security");
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const encrypted = changeQueue(NAME, "KmsMasterKeyId", () => KeyMetadata?.Arn ?? "");
      assert.match(
        await whileMistaken(encrypted, stopped),
        /is encrypted with .*, whose policy does not allow kms:GenerateDataKey by events.amazonaws.com/,
      );
    });

    it("whose queue is in another region than the rule", async () => {
      const far = changeTarget("security", HOME, NAME, "bailiwick", (target) => ({
        ...target,
        Arn: queueArn(AWAY),
      }));
      assert.match(
        await whileMistaken(far, stopped),
        /is in eu-central-1, the rule .* in eu-west-1: only event buses can be targets in another region/,
      );
    });

    it("whose queue does not exist", async () => {
      const none = changeTarget("security", HOME, NAME, "bailiwick", (target) => ({
        ...target,
        Arn: `${queueArn()}s`,
      }));
      assert.match(await whileMistaken(none, stopped), /publics does not exist. \(NO_RESOURCE\)/);
    });

    it("whose rule has a FIFO queue for dead letters, which PutTargets refuses", async () => {
      const fifo = changeTarget("security", HOME, NAME, "bailiwick", (target) => ({
        ...target,
        DeadLetterConfig: { Arn: `${queueArn()}.fifo` },
      }));
      await assert.rejects(fifo, { message: /FIFO queues are not supported as dead-letter queues/ });
    });

    async function busPolicy(change: (policy: string) => string): Promise<Undo> {
      const { Policy = "" } = await hub().send(new eb.DescribeEventBusCommand({ Name: "bailiwick" }));
      const set = (policy: string) =>
        hub().send(new eb.PutPermissionCommand({ EventBusName: "bailiwick", Policy: policy }));
      assert.notEqual(change(Policy), Policy);
      await set(change(Policy));
      return () => set(Policy);
    }
  });

  describe("in the function,", () => {
    const functions = () => client(lambda.LambdaClient, "security");

    it("whose time is longer than its queue's messages are invisible, which Lambda refuses", async () => {
      const sqs = client(SQSClient, "security");
      const { QueueUrl } = await sqs.send(
        new CreateQueueCommand({ QueueName: "short", Attributes: { VisibilityTimeout: "30" } }),
      );
      const allowed = changeRolePolicy("security", `${NAME}-fn`, "run", (policy) =>
        policy.replaceAll(queueArn(), "*"),
      );
      const map = () =>
        functions().send(
          new lambda.CreateEventSourceMappingCommand({
            FunctionName: NAME,
            EventSourceArn: `arn:aws:sqs:${HOME}:${id("security")}:short`,
          }),
        );
      await assert.rejects(whileMistaken(allowed, map), {
        name: "InvalidParameterValueException",
        message: "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
      });
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    });

    it("whose role may not read its queue, which Lambda refuses", async () => {
      const without = changeRolePolicy(
        "security",
        `${NAME}-fn`,
        "run",
        replace("sqs:ReceiveMessage", "sqs:PurgeQueue"),
      );
      const map = () =>
        functions().send(
          new lambda.CreateEventSourceMappingCommand({ FunctionName: NAME, EventSourceArn: queueArn() }),
        );
      await assert.rejects(whileMistaken(without, map), {
        message: "The provided execution role does not have permissions to call ReceiveMessage on SQS",
      });
    });

    it("which may not enter the member account", async () => {
      const without = changeRolePolicy(
        "security",
        `${NAME}-fn`,
        "run",
        replace("sts:AssumeRole", "sts:GetCallerIdentity"),
      );
      assert.match(
        await whileMistaken(without, outcome),
        /reported its outcome: failed: .*role\/bailiwick-s3-bucket-policy-not-public/,
      );
    });

    it("whose role in the member does not trust it", async () => {
      const other = changeTrust("payments", NAME, replace(`role/${NAME}-fn`, "role/another"));
      assert.match(
        await whileMistaken(other, outcome),
        /reported its outcome: failed: .*role\/bailiwick-s3-bucket-policy-not-public/,
      );
    });

    it("whose role in the member may not do the control's work", async () => {
      const policy = await onlyPolicyOf("payments", NAME);
      const without = changeRolePolicy(
        "payments",
        NAME,
        policy,
        replace("s3:(Put|Delete)BucketPolicy", "s3:ListBucket"),
      );
      assert.match(
        await whileMistaken(without, outcome),
        /reported its outcome: failed: .*(DeleteBucketPolicy|not authorized|Access ?Denied)/i,
      );
    });

    it("which has no event source mapping to the queue", async () => {
      const off = async () => {
        const { EventSourceMappings = [] } = await functions().send(
          new lambda.ListEventSourceMappingsCommand({ FunctionName: NAME }),
        );
        const UUID = EventSourceMappings[0]?.UUID;
        await functions().send(new lambda.UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
        return () => functions().send(new lambda.UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
      };
      assert.match(
        await whileMistaken(off(), drillCause),
        /Nothing reads the queue of s3-bucket-policy-not-public: the event source mapping is Disabled/,
      );
    });

    async function drillCause(): Promise<string> {
      // The other mistakes have left their dead letters there.
      const sqs = client(SQSClient, "security");
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${NAME}-dlq` }));
      await sqs.send(new PurgeQueueCommand({ QueueUrl }));
      const [result] = await deployed().drill({
        controls: [CONTROL],
        accounts: ["payments"],
        regions: [AWAY],
      });
      return result?.cause ?? "";
    }
  });

  /** Makes an IAM call in the member. @returns where its event stopped. */
  async function iamCall(): Promise<string> {
    const iam = client(IAMClient, "payments", AWAY);
    const since = performance.timeOrigin + performance.now();
    const { trace } = deployed().organization;
    await iam.send(new CreateUserCommand({ UserName: "somebody" }));
    try {
      return await eventually(async () => {
        const [call] = trace.find({ eventName: "CreateUser", account: id("payments"), since });
        return call && trace.explain(call.cloudTrailEventId ?? "")?.stopped;
      }, "the call's path ends");
    } finally {
      await iam.send(new DeleteUserCommand({ UserName: "somebody" }));
    }
  }

  async function patternOf(
    events: eb.EventBridgeClient,
    Name: string,
    EventBusName = "default",
  ): Promise<string> {
    return (await events.send(new eb.DescribeRuleCommand({ Name, EventBusName }))).EventPattern ?? "";
  }
  async function pattern(
    events: eb.EventBridgeClient,
    Name: string,
    EventBusName: string,
    change: (text: string) => string,
  ): Promise<Undo> {
    const before = await patternOf(events, Name, EventBusName);
    const set = (EventPattern: string) =>
      events.send(new eb.PutRuleCommand({ Name, EventBusName, EventPattern }));
    assert.notEqual(change(before), before);
    await set(change(before));
    return () => set(before);
  }
  async function onlyPolicyOf(account: string, RoleName: string): Promise<string> {
    const { ListRolePoliciesCommand } = await import("@aws-sdk/client-iam");
    const { PolicyNames = [] } = await client(IAMClient, account, "us-east-1").send(
      new ListRolePoliciesCommand({ RoleName }),
    );
    return PolicyNames[0] ?? assert.fail("no policy");
  }
});
