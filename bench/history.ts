/**
 * A generated history for the benchmarks: CloudTrail records like those of busy accounts – mostly reads, long identities, parameters of
 * a few shapes – about 1.5 KB each. The same seed gives the same history.
 */
import type { CloudTrailRecord, JsonObject } from "@bailiwick/aws-events/record";

/** A small, fast generator of uniformly distributed numbers in [0, 1). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const verbs = [
  "Describe",
  "List",
  "Get",
  "Create",
  "Update",
  "Delete",
  "Put",
  "Modify",
  "Attach",
  "Detach",
  "Start",
  "Stop",
];
const services: Record<string, string[]> = {
  ec2: ["Instances", "SecurityGroups", "Volumes", "Snapshot", "NetworkAcl", "Vpc", "Subnets", "Image"],
  s3: ["Bucket", "BucketPolicy", "BucketAcl", "Object", "PublicAccessBlock", "BucketVersioning"],
  iam: ["Role", "User", "AccessKey", "RolePolicy", "LoginProfile", "InstanceProfile", "Policy"],
  kms: ["Key", "Grant", "Alias", "KeyPolicy"],
  lambda: [
    "Function20150331",
    "FunctionConfiguration20150331v2",
    "EventSourceMapping20150331",
    "Policy20150331v2",
  ],
  sts: ["CallerIdentity", "SessionToken", "FederationToken"],
  rds: ["DBInstance", "DBSnapshot", "DBCluster", "DBSubnetGroup"],
  logs: ["LogGroup", "LogStream", "RetentionPolicy", "SubscriptionFilter"],
  cloudtrail: ["Trail", "TrailStatus", "EventSelectors"],
  sqs: ["Queue", "QueueAttributes", "Message"],
  sns: ["Topic", "Subscription", "TopicAttributes"],
  dynamodb: ["Table", "Item", "Backup", "TimeToLive"],
  ecr: ["Repository", "RepositoryPolicy", "LifecyclePolicy"],
  eks: ["Cluster", "Nodegroup", "Addon"],
  secretsmanager: ["Secret", "SecretValue", "ResourcePolicy"],
  cloudformation: ["Stack", "StackSet", "ChangeSet"],
  organizations: ["Account", "Policy", "OrganizationalUnit"],
  route53: ["HostedZone", "ResourceRecordSets", "HealthCheck"],
  elasticloadbalancing: ["LoadBalancer", "Listener", "TargetGroup"],
  autoscaling: ["AutoScalingGroup", "LaunchConfiguration", "ScalingPolicy"],
};
const serviceNames = Object.keys(services);
const regions = ["us-east-1", "eu-west-1", "eu-central-1", "us-west-2", "ap-southeast-2"];
const accounts = ["111111111111", "222222222222", "333333333333", "444444444444", "555555555555"];

/** The event names of a service. */
function eventNames(service: string): string[] {
  return (services[service] ?? []).flatMap((noun) => verbs.map((verb) => verb + noun));
}

function isRead(name: string): boolean {
  return /^(Describe|List|Get)/.test(name);
}

export class History {
  private readonly next: () => number;
  private seconds = Date.UTC(2026, 5, 1) / 1000;

  constructor(seed: number) {
    this.next = random(seed);
  }

  record(): CloudTrailRecord {
    const service = this.pick(serviceNames);
    const names = eventNames(service);
    const reads = names.filter((name) => isRead(name));
    const eventName = this.pick(this.next() < 0.9 ? reads : names);
    const account = this.pick(accounts);
    const region = this.pick(regions);
    this.seconds += this.next() < 0.5 ? 0 : 1;
    const eventTime = `${new Date(this.seconds * 1000).toISOString().slice(0, 19)}Z`;
    const readOnly = isRead(eventName);
    return {
      eventVersion: "1.11",
      userIdentity: this.identity(account, eventTime),
      eventTime,
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: region,
      sourceIPAddress: `${10 + this.int(200)}.${this.int(256)}.${this.int(256)}.${this.int(256)}`,
      userAgent:
        "aws-sdk-go-v2/1.30.3 ua/2.1 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/" +
        `${service}#1.58.2 APN/1.0 HashiCorp/1.0 Terraform/1.9.3 (+https://www.terraform.io)`,
      ...(this.next() < 0.06
        ? { errorCode: "AccessDenied", errorMessage: "User is not authorized to perform this" }
        : {}),
      requestParameters: this.parameters(service, account, region),
      responseElements: readOnly ? null : { requestId: this.hex(36), return: true },
      requestID: this.hex(36),
      eventID: this.hex(36),
      readOnly,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
      tlsDetails: {
        tlsVersion: "TLSv1.3",
        cipherSuite: "TLS_AES_128_GCM_SHA256",
        clientProvidedHostHeader: `${service}.${region}.amazonaws.com`,
      },
    };
  }

  /** The record as EventBridge delivers it. */
  event(): string {
    const detail = this.record();
    return JSON.stringify({
      version: "0",
      id: this.hex(36),
      "detail-type": "AWS API Call via CloudTrail",
      source: `aws.${detail.eventSource.split(".")[0]}`,
      account: detail.recipientAccountId,
      time: detail.eventTime,
      region: detail.awsRegion,
      resources: [],
      detail,
    });
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  private identity(account: string, eventTime: string): CloudTrailRecord["userIdentity"] {
    const role = `role-${this.pick(["deploy", "platform", "readonly", "pipeline", "operator"])}-${this.int(40)}`;
    const principalId = `AROA${this.hex(17).toUpperCase()}`;
    return {
      type: "AssumedRole",
      principalId: `${principalId}:session-${this.int(1000)}`,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/session-${this.int(1000)}`,
      accountId: account,
      accessKeyId: `ASIA${this.hex(16).toUpperCase()}`,
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId,
          arn: `arn:aws:iam::${account}:role/${role}`,
          accountId: account,
          userName: role,
        },
        attributes: { creationDate: eventTime, mfaAuthenticated: "false" },
      },
    };
  }

  private parameters(service: string, account: string, region: string): JsonObject {
    switch (service) {
      case "s3":
        return {
          bucketName: `${this.pick(["logs", "data", "web", "backup"])}-${this.hex(8)}`,
          Host: `s3.${region}.amazonaws.com`,
        };
      case "ec2":
        return {
          instancesSet: {
            items: Array.from({ length: 1 + this.int(3) }, () => ({ instanceId: `i-${this.hex(17)}` })),
          },
          filterSet: { items: [{ name: "vpc-id", valueSet: { items: [{ value: `vpc-${this.hex(17)}` }] } }] },
        };
      case "iam":
        return {
          roleName: `role-${this.int(400)}`,
          policyArn: `arn:aws:iam::${account}:policy/policy-${this.int(400)}`,
        };
      default:
        return {
          resourceArn: `arn:aws:${service}:${region}:${account}:resource/${this.hex(12)}`,
          maxResults: this.int(100),
        };
    }
  }

  private hex(length: number): string {
    let text = "";
    while (text.length < length)
      text += Math.floor(this.next() * 0x100000000)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, length);
  }
}

/**
 * Rules like those of security teams, in equal parts: exact names, prefixes of names, all but some regions and principals, and
 * wildcards in names and roles. Each is about changes in one service.
 */
export function mixedRules(count: number, seed: number): string[] {
  const next = random(seed);
  const int = (below: number): number => Math.floor(next() * below);
  const pick = <T>(list: readonly T[]): T => list[int(list.length)] as T;
  return Array.from({ length: count }, (_, number) => {
    const service = pick(serviceNames);
    const names = eventNames(service).filter((name) => !isRead(name));
    const nouns = services[service] ?? [];
    const detail: Record<string, unknown> = { eventSource: [`${service}.amazonaws.com`] };
    switch (number % 4) {
      case 0:
        detail.eventName = [pick(names), pick(names)];
        break;
      case 1:
        detail.eventName = [{ prefix: pick(names).slice(0, 7 + int(5)) }];
        break;
      case 2:
        detail.eventName = [pick(names), pick(names)];
        detail.userIdentity = { type: [{ "anything-but": ["AWSService", "Root"] }] };
        detail.awsRegion = [{ "anything-but": [pick(regions), pick(regions)] }];
        break;
      default:
        detail.eventName = [
          { wildcard: `*${pick(nouns)}` },
          { wildcard: `${pick(verbs.slice(3))}*${pick(nouns).slice(-4)}` },
        ];
        detail.userIdentity = {
          arn: [
            { wildcard: `arn:aws:sts::*:assumed-role/role-${pick(["deploy", "operator"])}-${int(40)}/*` },
          ],
        };
    }
    return JSON.stringify({
      source: [`aws.${service}`],
      "detail-type": ["AWS API Call via CloudTrail"],
      detail,
    });
  });
}
