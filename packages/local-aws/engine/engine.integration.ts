import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { GetBucketVersioningCommand, HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { DeploymentError, EngineError, PolicyError } from ".";
import { startHarness, type Harness } from "./fixtures/harness";
import { text } from "./resource-type";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

const urn = (type: string, name: string, stack: string) => `urn:pulumi:${stack}::fixture::${type}::${name}`;

describe("The engine, with an emulator", () => {
  let harness: Harness;
  let sqs: SQSClient;
  let s3: S3Client;

  before(async function () {
    this.timeout(120_000);
    harness = await startHarness();
    sqs = new SQSClient({ ...harness.aws(), useQueueUrlAsEndpoint: false });
    s3 = new S3Client({ ...harness.aws(), forcePathStyle: true });
  });
  after(() => harness.stop());

  const queues = async () =>
    ((await sqs.send(new ListQueuesCommand({}))).QueueUrls ?? []).map((url) => url.split("/").pop());

  describe("a stack from its first deployment to its deletion", () => {
    const stack = "life";
    const settings = (values: object) => harness.engine("small", stack, { settings: values });

    it("previews a creation without calls that change anything", async () => {
      await harness.writes();
      const foreseen = await settings({ queueName: "first" }).preview();
      assert.equal(foreseen.changes.create, 5);
      assert.equal(
        foreseen.outputs["bucketArn"],
        undefined,
        "an ARN can't be known before the bucket exists",
      );
      assert.deepEqual(await harness.writes(), []);
      await assert.rejects(readFile(harness.stateFile(stack)), /ENOENT/);
    });

    it("creates the program's resources, and returns its outputs", async () => {
      const { changes, outputs, steps } = await settings({ queueName: "first" }).up();
      assert.deepEqual(changes, { create: 5, update: 0, replace: 0, delete: 0, same: 0 });
      assert.match(text(outputs["bucketName"]) ?? "", /^store-bucket-[0-9a-f]{7}$/);
      assert.equal(outputs["bucketArn"], `arn:aws:s3:::${text(outputs["bucketName"]) ?? ""}`);
      assert.deepEqual(
        steps.map((step) => step.urn).sort(),
        [
          urn("aws:sqs/queue:Queue", "queue", stack),
          urn("aws:sqs/queuePolicy:QueuePolicy", "queue-policy", stack),
          urn("fixture:index:Store", "store", stack),
          urn("fixture:index:Store$aws:s3/bucket:Bucket", "store-bucket", stack),
          urn("fixture:index:Store$aws:s3/bucketVersioning:BucketVersioning", "store-versioning", stack),
        ].sort(),
      );
      const found = await s3.send(new GetBucketVersioningCommand({ Bucket: text(outputs["bucketName"]) }));
      assert.equal(found.Status, "Enabled");
    });

    it("does nothing the second time", async () => {
      await harness.writes();
      const { changes, outputs } = await settings({ queueName: "first" }).up();
      assert.deepEqual(changes, { create: 0, update: 0, replace: 0, delete: 0, same: 5 });
      assert.match(text(outputs["bucketName"]) ?? "", /^store-bucket-[0-9a-f]{7}$/);
      assert.deepEqual(await harness.writes(), []);
    });

    it("changes only what changed", async () => {
      const { changes, steps } = await settings({ queueName: "first", delaySeconds: 7 }).up();
      assert.deepEqual(changes, { create: 0, update: 1, replace: 0, delete: 0, same: 4 });
      assert.deepEqual(steps.find((step) => step.operation === "update")?.changedProperties, [
        "delaySeconds",
      ]);
      assert.deepEqual(await harness.writes(), ["sqs:SetQueueAttributes"]);
    });

    it("resets properties that the program no longer sets to the service's default", async () => {
      await settings({ queueName: "first" }).up();
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "first" }));
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["DelaySeconds"] }),
      );
      assert.equal(Attributes?.DelaySeconds, "0");
    });

    it("replaces what can't be changed: first the new one, then its dependents, the old one last", async () => {
      await harness.writes();
      const { changes, outputs } = await settings({ queueName: "second" }).up();
      assert.deepEqual(changes, { create: 0, update: 0, replace: 2, delete: 0, same: 3 });
      assert.match(text(outputs["queueUrl"]) ?? "", /second$/);
      assert.deepEqual(await queues(), ["second"]);
      assert.equal((await harness.writes()).filter((call) => call === "sqs:CreateQueue").length, 1);
    });

    it("adds one resource, and deletes it when the program drops it", async () => {
      const added = await settings({ queueName: "second", extra: true }).up();
      assert.deepEqual(added.changes, { create: 1, update: 0, replace: 0, delete: 0, same: 5 });
      assert.equal((await queues()).length, 2);
      const dropped = await settings({ queueName: "second" }).up();
      assert.deepEqual(dropped.changes, { create: 0, update: 0, replace: 0, delete: 1, same: 5 });
      assert.deepEqual(await queues(), ["second"]);
    });

    it("reports what was changed or deleted by others, and restores it", async () => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "second" }));
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: "" } }));
      const engine = settings({ queueName: "second", delaySeconds: 3 });
      await engine.up();
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: "9" } }));
      const { drift, read } = await engine.refresh();
      assert.equal(read, 4);
      assert.deepEqual(
        drift
          .map(({ name, kind, differences }) => ({ name, kind, differences }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
        [
          {
            name: "queue",
            kind: "changed",
            differences: [{ path: "delaySeconds", expected: "3", found: "9" }],
          },
          { name: "queue-policy", kind: "gone", differences: [] },
        ],
      );
      const { changes } = await engine.up();
      assert.deepEqual(changes, { create: 1, update: 1, replace: 0, delete: 0, same: 3 });
      assert.deepEqual((await engine.refresh()).drift, []);
    });

    it("destroys everything, also what others have deleted already", async () => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "second" }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      const { changes } = await settings({}).destroy();
      assert.equal(changes.delete, 5);
      assert.deepEqual(await queues(), []);
      const state = JSON.parse(await readFile(harness.stateFile(stack), "utf8")) as { resources: unknown[] };
      assert.deepEqual(state.resources, []);
    });
  });

  it("deletes first a resource whose replacement has the same name, with its dependents", async () => {
    const engine = (values: object) =>
      harness.engine("small", "lock", { settings: { bucketName: "fixed-name", ...values } });
    await engine({}).up();
    const { changes, steps } = await engine({ lock: true }).up();
    assert.equal(changes.replace, 2);
    assert.deepEqual(
      steps.filter(({ operation }) => operation === "replace").map(({ name }) => name),
      ["store-bucket", "store-versioning"],
    );
    await s3.send(new HeadBucketCommand({ Bucket: "fixed-name" }));
    await engine({}).destroy();
  });

  it("keeps protected resources, and names them", async () => {
    const engine = (values: object) => harness.engine("small", "protected", { settings: values });
    const { outputs } = await engine({ protect: true }).up();
    await harness.writes();
    const refused = /^EngineError: Protected, so not deleted: aws:s3\/bucket:Bucket "store-bucket"\./;
    await assert.rejects(engine({}).destroy(), refused);
    assert.deepEqual(await harness.writes(), []);
    await s3.send(new HeadBucketCommand({ Bucket: text(outputs["bucketName"]) }));
    await engine({ protect: false }).up();
    await engine({}).destroy();
  });

  it("drops retained resources from the state without deleting them", async () => {
    const engine = harness.engine("small", "retain", { settings: { queueName: "retained", retain: true } });
    await engine.up();
    await engine.destroy();
    assert.deepEqual(await queues(), ["retained"]);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "retained" }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  });

  it("finds a resource and its children by their former URNs", async () => {
    const engine = (values: object) => harness.engine("small", "alias", { settings: values });
    const before = await engine({}).up();
    await harness.writes();
    const after = await engine({ parentName: "renamed" }).up();
    assert.equal(after.changes.same, 5);
    assert.equal(after.outputs["bucketName"], before.outputs["bucketName"]);
    assert.deepEqual(await harness.writes(), []);
    await engine({}).destroy();
  });

  it("ignores the changes that ignoreChanges names", async () => {
    const engine = (values: object) => harness.engine("small", "ignore", { settings: values });
    await engine({ tags: { owner: "a", cost: "1" }, ignore: ["tags.owner"] }).up();
    const { steps } = await engine({ tags: { owner: "b", cost: "2" }, ignore: ["tags.owner"] }).up();
    const update = steps.find(({ operation }) => operation === "update");
    assert.deepEqual(update?.changedProperties, ["tags.cost", "tagsAll.cost"]);
    await engine({}).destroy();
  });

  it("continues after a failure from where it stopped, and reports what failed and why", async () => {
    const engine = (values: object) =>
      harness.engine("small", "half", { settings: { queueName: "half", ...values } });
    await assert.rejects(engine({ fails: true }).up(), (error: DeploymentError) => {
      assert.equal(error.name, "DeploymentError");
      assert.equal(error.failures.length, 1);
      const [failure] = error.failures;
      assert.equal(failure?.call, "s3:PutBucketPolicy");
      assert.equal(failure?.code, "NoSuchBucket");
      assert.match(
        error.message,
        /^aws:s3\/bucketPolicy:BucketPolicy "fails" could not be created: s3:PutBucketPolicy in eu-west-1 failed with NoSuchBucket/,
      );
      return true;
    });
    const state = JSON.parse(await readFile(harness.stateFile("half"), "utf8")) as {
      resources: { name: string }[];
    };
    assert.ok(state.resources.some(({ name }) => name === "queue"));
    assert.ok(!state.resources.some(({ name }) => name === "fails"));
    await harness.writes();
    const { changes } = await engine({}).up();
    assert.ok(changes.same >= 1 && changes.create <= 4 && changes.update === 0, JSON.stringify(changes));
    assert.ok(!(await harness.writes()).includes("sqs:CreateQueue"), "the queue was there already");
    await engine({}).destroy();
  });

  it("completes a resource that was created but not configured, without creating it again", async () => {
    const engine = (insightType: string) =>
      harness.engine("small", "insights", { settings: { trail: { insightType } } });
    await assert.rejects(engine("NoSuchInsight").up(), (error: DeploymentError) => {
      assert.equal(error.failures[0]?.call, "cloudtrail:PutInsightSelectors");
      assert.match(error.message, /InvalidInsightSelectorsException/);
      return true;
    });
    await harness.writes();
    const { steps } = await engine("ApiCallRateInsight").up();
    assert.equal(steps.find(({ name }) => name === "trail")?.operation, "update");
    const writes = await harness.writes();
    assert.ok(
      writes.includes("cloudtrail:StartLogging") && !writes.includes("cloudtrail:CreateTrail"),
      writes.join(),
    );
    assert.equal((await engine("ApiCallRateInsight").up()).changes.same, 7);
    await engine("ApiCallRateInsight").destroy();
  });

  it("uploads a file, and again only when its content changes", async () => {
    const engine = (file: string) => harness.engine("small", "file", { settings: { file } });
    await engine("one").up();
    assert.equal((await engine("one").up()).changes.same, 6);
    const { steps } = await engine("two").up();
    assert.deepEqual(
      steps
        .filter(({ operation }) => operation === "update")
        .map(({ changedProperties }) => changedProperties),
      [["source.hash"]],
    );
    await engine("two").destroy();
  });

  it("shows no secret, neither in the state file nor in its reports, and reads it again", async () => {
    harness.events();
    const password = "correct-horse-battery";
    const engine = harness.engine("small", "secrets", { password });
    const { outputs, secretOutputs } = await engine.up();
    assert.equal(outputs["word"], password);
    assert.deepEqual(secretOutputs, ["word"]);
    const text = await readFile(harness.stateFile("secrets"), "utf8");
    assert.ok(!text.includes(password));
    assert.match(text, /"ciphertext"/);
    assert.ok(!JSON.stringify(harness.events()).includes(password));
    assert.equal((await engine.up()).changes.same, 6);
    await engine.destroy();
  });

  describe("with policies", () => {
    const mandatory: ResourceValidationPolicy = {
      name: "queues-have-short-names",
      description: "Names of queues are short.",
      enforcementLevel: "mandatory",
      validateResource: (args, report) => {
        if (args.type !== "aws:sqs/queue:Queue") args.notApplicable();
        if (String(args.props["name"]).length > 10)
          report(`${args.name} is called ${String(args.props["name"])}.`);
      },
    };
    const advisory: ResourceValidationPolicy = {
      name: "looks-at-what-is-unknown",
      description: "Looks at the policy of a queue.",
      enforcementLevel: "mandatory",
      validateResource: (args) => {
        if (args.type === "aws:sqs/queuePolicy:QueuePolicy") String(args.props["policy"]);
      },
    };
    const whole: StackValidationPolicy = {
      name: "one-bucket",
      description: "There is one bucket.",
      enforcementLevel: "advisory",
      validateStack: (args, report) => {
        const buckets = args.resources.filter(({ type }) => type === "aws:s3/bucket:Bucket");
        report(`Buckets: ${buckets.map(({ parent }) => parent?.name).join()}`);
      },
    };

    it("stops before anything is created, naming policy and resource", async () => {
      await harness.writes();
      const engine = harness.engine(
        "small",
        "forbidden",
        { settings: { queueName: "much-too-long" } },
        { policies: [mandatory] },
      );
      await assert.rejects(engine.up(), (error: PolicyError) => {
        assert.equal(error.name, "PolicyError");
        assert.deepEqual(error.violations, [
          {
            policy: "queues-have-short-names",
            enforcementLevel: "mandatory",
            message: "Names of queues are short.\nqueue is called much-too-long.",
            resource: 'aws:sqs/queue:Queue "queue"',
            urn: urn("aws:sqs/queue:Queue", "queue", "forbidden"),
          },
        ]);
        assert.match(error.message, /^1 mandatory policy violation; nothing was changed\./);
        return true;
      });
      assert.deepEqual(await harness.writes(), []);
    });

    it("deploys what they allow, reporting what they advise and what they could not evaluate", async () => {
      const engine = harness.engine(
        "small",
        "allowed",
        { settings: { queueName: "short" } },
        { policies: [mandatory, advisory, whole] },
      );
      const foreseen = await engine.preview();
      assert.deepEqual(
        foreseen.policyViolations.map(({ policy, enforcementLevel, message }) => [
          policy,
          enforcementLevel,
          message,
        ]),
        [
          [
            "looks-at-what-is-unknown",
            "advisory",
            "can't run policy 'looks-at-what-is-unknown' from policy pack 'program@v0.0.0' during preview: string value at .policy can't be known during preview",
          ],
          ["one-bucket", "advisory", "There is one bucket.\nBuckets: store"],
        ],
      );
      const { changes, policyViolations } = await engine.up();
      assert.equal(changes.create, 5);
      assert.deepEqual(
        policyViolations.map(({ policy }) => policy),
        ["one-bucket"],
      );
      await engine.destroy();
    });
  });

  it("refuses the state file of another stack", async () => {
    await harness.engine("small", "one").up();
    const other = harness.engine("small", "other", {}, { stateFile: harness.stateFile("one") });
    await assert.rejects(other.up(), (error: EngineError) =>
      /holds the stack fixture\/one/.test(error.message),
    );
    await harness.engine("small", "one").destroy();
  });
});
