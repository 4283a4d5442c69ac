/**
 * What the fabric reads and does in the emulator, as interfaces that specs implement with fakes. Arguments are account and region, or an
 * ARN; errors have the AWS error's name.
 */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Authorization, AuthorizationRequest, Metric } from "../emulator/emulator";

export type RuleState = "ENABLED" | "DISABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

export interface RetryPolicy {
  /** 0–185. */
  MaximumRetryAttempts?: number;
  /** 60–86,400. */
  MaximumEventAgeInSeconds?: number;
}

/** A target as in the answer of ListTargetsByRule, as far as delivery uses it. */
export interface DeployedTarget {
  Id: string;
  Arn: string;
  RoleArn?: string;
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
  SqsParameters?: { MessageGroupId?: string };
  HttpParameters?: {
    PathParameterValues?: string[];
    HeaderParameters?: Record<string, string>;
    QueryStringParameters?: Record<string, string>;
  };
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: RetryPolicy;
}

export interface DeployedRule {
  name: string;
  arn: string;
  account: string;
  region: string;
  bus: string;
  state: RuleState;
  /** Absent on rules that only have a schedule. */
  pattern?: string;
  targets: DeployedTarget[];
}

export interface DeployedBus {
  arn: string;
  /** The resource policy, as JSON text. */
  policy?: string;
}

export interface DeployedQueue {
  url: string;
  policy?: string;
  fifo: boolean;
  contentBasedDeduplication: boolean;
  /** Key id, ARN or alias when the queue is encrypted with a key of KMS. */
  kmsKey?: string;
}

export interface QueueMessage {
  body: string;
  groupId?: string;
  deduplicationId?: string;
  attributes?: Record<string, string>;
}

export interface ApiDestination {
  endpoint: string;
  method: string;
  active: boolean;
  ratePerSecond: number;
  connectionName: string;
}

export interface Connection {
  authorized: boolean;
  type: string;
  /** As in the call of CreateConnection, with secrets. */
  parameters: Record<string, unknown>;
}

/** An AWS call that failed. `name` is AWS's code. */
export interface ServiceFailure extends Error {
  name: string;
  $metadata?: { httpStatusCode?: number };
}

/** What is deployed, and the calls that deliver. What is missing is undefined, never an error. */
export interface Services {
  rules(account: string, region: string, bus: string): Promise<DeployedRule[]>;
  ruleNames(account: string, region: string, bus: string): Promise<string[]>;
  /** Empty for a rule that does not exist. */
  targets(account: string, region: string, bus: string, rule: string): Promise<DeployedTarget[]>;
  bus(account: string, region: string, name: string): Promise<DeployedBus | undefined>;
  /** Whether any archive stores events of this bus. */
  hasArchive(account: string, region: string, bus: string): Promise<boolean>;
  queue(arn: string): Promise<DeployedQueue | undefined>;
  /** Sends in this order: up to 10 messages and 1 MB together. The answer has an error for each refused message. */
  send(
    queue: { arn: string; url: string },
    messages: QueueMessage[],
  ): Promise<(ServiceFailure | undefined)[]>;
  /** The key's policy and ARN; undefined when there is no such key. */
  key(account: string, region: string, id: string): Promise<{ arn: string; policy?: string } | undefined>;
  functionPolicy(arn: string): Promise<{ exists: boolean; policy?: string }>;
  invoke(arn: string, payload: string): Promise<void>;
  topic(arn: string): Promise<{ policy?: string } | undefined>;
  publish(arn: string, message: string): Promise<void>;
  logGroup(arn: string): Promise<{ policies: string[] } | undefined>;
  log(arn: string, stream: string, message: string, time: number): Promise<void>;
  startExecution(arn: string, input: string): Promise<void>;
  apiDestination(arn: string): Promise<ApiDestination | undefined>;
  connection(account: string, region: string, name: string): Promise<Connection | undefined>;
  replayFilter(account: string, region: string, replay: string): Promise<string[] | undefined>;
  authorize(request: AuthorizationRequest): Promise<Authorization>;
  metrics(metrics: readonly Metric[]): Promise<void>;
  /** Puts events into those archives of their bus whose pattern they match. */
  archive(account: string, region: string, bus: string, events: EventBridgeEvent[]): Promise<void>;
}
