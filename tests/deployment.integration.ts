import assert from "node:assert/strict";
import * as path from "node:path";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeRuleCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { engineFor } from "../rehearsal/deploy";
import { PolicyError } from "@bailiwick/local-aws";
import { deployedOrganization, localStack } from "./support/local";

describe("deploying into the local organization", () => {
  const deployed = deployedOrganization();
  const writes = () => deployed().organization.cloudTrail.statistics.recorded;

  it("creates every resource of the program and gives its outputs", () => {
    const { result, settings } = deployed();

    assert(result.changes.create > 150, `${result.changes.create} resources`);
    assert.deepEqual(result.policyViolations, []);
    assert.deepEqual(result.outputs["governedRegions"], settings.regions);
    assert.match(
      result.outputs["trailArn"] as string,
      /^arn:aws:cloudtrail:eu-west-1:100000000001:trail\/bailiwick$/,
    );
  });

  it("does nothing when nothing has changed", async () => {
    const before = writes();

    const { changes } = await deployed().engine.up();

    assert.deepEqual({ ...changes, same: 0 }, { create: 0, update: 0, replace: 0, delete: 0, same: 0 });
    assert.equal(changes.same, deployed().result.changes.create);
    assert.equal(writes(), before, "the second deployment made API calls that change something");
  });

  it("changes only what a changed configuration changes", async () => {
    const { organization } = deployed();
    const id = "s3-bucket-policy-not-public";
    const controls = JSON.parse(deployed().stack.configuration["bailiwick:controls"] ?? "{}") as object;
    const quieter = localStack({ "bailiwick:controls": { ...controls, [id]: { mode: "notify" } } });

    const { changes, steps } = await engineFor(organization, quieter).up();

    const changed = steps
      .filter(({ operation }) => operation !== "same")
      .map(({ type, name }) => `${type} ${name}`);
    // Rights follow the mode: its roles lose what fixes need, and undos what only they need.
    const roles = deployed().settings.governed.flatMap(({ id: account }) => [
      `aws:iam/role:Role ${account}-${id}-role`,
      `aws:iam/rolePolicy:RolePolicy ${account}-${id}-role-policy`,
      `aws:iam/rolePolicy:RolePolicy ${account}-undo-role-policy`,
    ]);
    const functions = [id, "undo"].map((name) => `aws:lambda/function:Function ${name}-function`);
    assert.deepEqual(changed.sort(), [...roles, ...functions].sort());
    assert.equal(changes.update, changed.length);
    await deployed().engine.up();
  });

  it("removes the forwarding of a region that is no longer governed", async () => {
    const { organization, account } = deployed();
    const fewer = localStack({ "bailiwick:regions": [] });

    const { changes } = await engineFor(organization, fewer).up();

    assert(changes.delete > 0);
    assert.equal(changes.create, 0);
    const events = new EventBridgeClient(organization.aws(account("payments"), "eu-central-1"));
    await assert.rejects(events.send(new DescribeRuleCommand({ Name: "bailiwick-forwarding-1" })), {
      name: "ResourceNotFoundException",
    });
    await deployed().engine.up();
  });

  it("previews without making anything, and without knowing outputs", async () => {
    const { organization } = deployed();
    const more = localStack({ "bailiwick:regions": ["eu-central-1", "eu-north-1"] });
    const before = writes();

    const { changes } = await engineFor(organization, more).preview();

    assert(changes.create > 0);
    assert.equal(changes.delete, 0);
    assert.equal(writes(), before);
  });

  it("is stopped by a mandatory policy, by name, before anything is created", async () => {
    const { organization, account } = deployed();
    const programFolder = path.join(__dirname, "programs", "public-bucket");
    const stack = { ...localStack(), project: "public-bucket", name: "public" };

    await assert.rejects(engineFor(organization, stack, { programFolder }).up(), (error) => {
      assert(error instanceof PolicyError, String(error));
      assert.match(error.message, /s3-bucket-policy-not-public/);
      assert.match(error.message, /Everyone/);
      return true;
    });

    const s3 = new S3Client({ ...organization.aws(account("management")), forcePathStyle: true });
    const { Buckets: buckets = [] } = await s3.send(new ListBucketsCommand({}));
    assert.deepEqual(
      buckets.map(({ Name }) => Name),
      [],
    );
  });

  it("would change only the function whose code a changed configuration changes", async () => {
    const { organization } = deployed();
    // A watch's data is in its function's code, and in the texts beside the notifier's code.
    const watching = (severity: string) =>
      localStack({
        "bailiwick:channels": { audit: { email: { addresses: ["audit@example.com"] } } },
        "bailiwick:watches": ["iam:CreateUser", "iam:CreateRole"].map((event) => ({
          event,
          channel: "audit",
          severity: event === "iam:CreateRole" ? severity : "low",
        })),
      });
    await engineFor(organization, watching("low")).up();

    const { steps } = await engineFor(organization, watching("high")).preview();

    const changed = steps
      .filter(({ operation }) => operation !== "same")
      .map(({ operation, type, name }) => `${operation} ${type} ${name}`);
    assert.deepEqual(changed.sort(), [
      "update aws:lambda/function:Function notifications-function",
      "update aws:lambda/function:Function watch_audit_iam-createrole-function",
    ]);
  });

  it("leaves nothing after destroy", async () => {
    const { organization, account, engine } = deployed();

    const { changes } = await engine.destroy();

    assert(changes.delete > 150, `${changes.delete} deleted`);
    const s3 = new S3Client({ ...organization.aws(account("log-archive")), forcePathStyle: true });
    const { Buckets: buckets = [] } = await s3.send(new ListBucketsCommand({}));
    assert.deepEqual(buckets, []);
  });
});
