/** The base of the wiring tests: a deployed organization, a public bucket policy as the event, and functions that make and undo a mistake. */
import assert from "node:assert/strict";
import {
  EventBridgeClient,
  ListTargetsByRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { renderExplanation, type Explanation } from "@bailiwick/local-aws/trace";
import { eventually, type Deployed } from "../support/local";

export const CONTROL = "s3-bucket-policy-not-public";
export const NAME = `bailiwick-${CONTROL}`;
export const HOME = "eu-west-1";
export const AWAY = "eu-central-1";
export const FORWARDING_RULE = "bailiwick-forwarding-1";

export type Undo = () => Promise<unknown>;

/** The credentials of a role in an account, as AWS SDK clients ask for them. */
const fromRole = (caller: object, account: string, role: string) => async () => {
  const request = { RoleArn: `arn:aws:iam::${account}:role/${role}`, RoleSessionName: "wiring" };
  const { Credentials: found } = await new STSClient(caller).send(new AssumeRoleCommand(request));
  return {
    accessKeyId: found?.AccessKeyId ?? "",
    secretAccessKey: found?.SecretAccessKey ?? "",
    sessionToken: found?.SessionToken ?? "",
  };
};

/** @param deployed is only called in tests. */
export function wiringOf(deployed: () => Deployed) {
  let made = 0;
  const buckets = new Map<string, string>();
  const client = <Client>(Kind: new (config: object) => Client, account: string, region = HOME): Client => {
    const { organization, settings } = deployed();
    const own = organization.aws(id(account), region);
    const isMember = organization.accounts.some((each) => each.id === id(account) && each.kind === "member");
    // The hub bus takes the targets of rules that the deployment makes, and of no other.
    const deployer = fromRole(
      organization.aws(settings.management.id, HOME),
      id(account),
      settings.accessRoleName,
    );
    const credentials = isMember && (Kind as unknown) === EventBridgeClient ? deployer : own.credentials;
    return new Kind({ ...own, credentials, forcePathStyle: true });
  };
  /** The id of an account by name, or by kind where an organization has one of that kind. */
  const id = (name: string): string =>
    deployed().organization.accounts.find((each) => each.kind === name)?.id ?? deployed().account(name);

  /** Makes a bucket of that account and region public. @returns the known path of that call's event. */
  async function provoke(
    account = "payments",
    region = AWAY,
    key = `${account}-${region}`,
  ): Promise<() => Explanation | undefined> {
    const s3 = client(S3Client, account, region);
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = `wiring-${key}`;
      const CreateBucketConfiguration =
        region === "us-east-1" ? undefined : { LocationConstraint: region as "eu-west-1" };
      await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
      await s3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }));
      buckets.set(key, bucket);
    }
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
    const { trace } = deployed().organization;
    const since = performance.timeOrigin + performance.now();
    const Resource = `arn:aws:s3:::${bucket}/*`;
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    return () => {
      const [call] = trace.find({
        account: id(account),
        eventName: "PutBucketPolicy",
        resource: bucket,
        since,
      });
      return call && trace.explain(call.cloudTrailEventId ?? call.eventId ?? "");
    };
  }

  /** Provokes an event. @returns where it stopped, and why. */
  async function stopped(account = "payments", region = AWAY): Promise<string> {
    const path = await provoke(account, region);
    await eventually(async () => {
      const explanation = path();
      const outcome = explanation?.steps.find(({ stage }) => stage === "outcome");
      assert.equal(outcome, undefined, `It did not stop: ${outcome?.text}`);
      return explanation?.stopped;
    }, "the event stops");
    // The dead letter may still be under way.
    await deployed().organization.fabric.idle();
    return path()?.stopped ?? "";
  }

  /** Provokes an event. @returns the outcome that the control reported. */
  async function outcome(account = "payments", region = AWAY): Promise<string> {
    // Remediating one bucket repeatedly would trip the circuit breaker.
    const path = await provoke(account, region, `${account}-${region}-${++made}`);
    const reported = async () => path()?.steps.findLast(({ stage }) => stage === "outcome")?.text;
    return eventually(reported, "the control reports an outcome", 20_000).catch((error: Error) => {
      const explanation = path();
      throw new Error(
        `${error.message}\n${explanation ? renderExplanation(explanation) : "The call was not seen."}`,
      );
    });
  }

  async function changeTrust(
    account: string,
    RoleName: string,
    change: (document: string) => string,
  ): Promise<Undo> {
    const iam = client(IAMClient, account, "us-east-1");
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const before = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "");
    const set = (PolicyDocument: string) =>
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await set(changed(before, change));
    return () => set(before);
  }

  async function changeRolePolicy(
    account: string,
    RoleName: string,
    PolicyName: string,
    change: (document: string) => string,
  ): Promise<Undo> {
    const iam = client(IAMClient, account, "us-east-1");
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    const before = decodeURIComponent(PolicyDocument ?? "");
    const set = (document: string) =>
      iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
    await set(changed(before, change));
    return () => set(before);
  }

  async function changeQueue(
    QueueName: string,
    attribute: "Policy" | "KmsMasterKeyId",
    change: (before: string) => string,
    account = "security",
    region = HOME,
  ): Promise<Undo> {
    const sqs = client(SQSClient, account, region);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    const before = Attributes?.[attribute] ?? "";
    const set = (value: string) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { [attribute]: value } }));
    await set(changed(before, change));
    return () => set(before);
  }

  /** Replaces a rule's target. */
  async function changeTarget(
    account: string,
    region: string,
    Rule: string,
    EventBusName: string,
    change: (target: Target) => Target,
  ): Promise<Undo> {
    const events = client(EventBridgeClient, account, region);
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule, EventBusName }));
    const [before] = Targets;
    assert(before);
    const set = (target: Target) =>
      events.send(new PutTargetsCommand({ Rule, EventBusName, Targets: [target] }));
    await set(change({ ...before }));
    return () => set(before);
  }

  async function removeTarget(
    account: string,
    region: string,
    Rule: string,
    EventBusName: string,
  ): Promise<Undo> {
    const events = client(EventBridgeClient, account, region);
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule, EventBusName }));
    await events.send(
      new RemoveTargetsCommand({ Rule, EventBusName, Ids: Targets.map(({ Id }) => Id ?? "") }),
    );
    return () => events.send(new PutTargetsCommand({ Rule, EventBusName, Targets }));
  }

  return {
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
  };
}

/** A mistake that changes nothing would prove nothing. */
function changed(before: string, change: (before: string) => string): string {
  const after = change(before);
  assert.notEqual(after, before, `The mistake changes nothing: ${before}`);
  return after;
}

/** Makes the mistake, looks, and undoes the mistake whatever was seen. */
export async function whileMistaken<Seen>(mistake: Promise<Undo>, look: () => Promise<Seen>): Promise<Seen> {
  const undo = await mistake;
  try {
    return await look();
  } finally {
    await undo();
  }
}
