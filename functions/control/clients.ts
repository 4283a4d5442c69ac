/** What the function of a control works with on AWS. */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { setTimeout } from "node:timers/promises";
import { METRICS_NAMESPACE } from "../../contract/names";
import { REQUEST_LIMITS } from "../lib/request-limits";
import { dynamoDbStore } from "./ledger/dynamodb";
import type { Store } from "./ledger/store";

export interface Clients {
  sts: STSClient;
  eventBridge: EventBridgeClient;
  sqs: SQSClient;
  scheduler: SchedulerClient;
  /** Where the ledger is kept. */
  store: Store;
  /** Milliseconds, for durations. */
  now: () => number;
  /** Milliseconds since 1970. */
  clock: () => number;
  sleep: (milliseconds: number) => Promise<unknown>;
  logger: Pick<Logger, "info" | "error">;
  metrics: Pick<Metrics, "addMetric" | "publishStoredMetrics">;
}

/** The given clients, and AWS's for the others. */
export function clientsWith(given: Partial<Clients>, controlId: string, ledgerTable: string): Clients {
  const options = { requestHandler: REQUEST_LIMITS };
  return {
    sts: given.sts ?? new STSClient(options),
    eventBridge: given.eventBridge ?? new EventBridgeClient(options),
    // The queue's URL names AWS's own host, but the client's endpoint is the one to call.
    sqs: given.sqs ?? new SQSClient({ ...options, useQueueUrlAsEndpoint: false }),
    scheduler: given.scheduler ?? new SchedulerClient(options),
    store: given.store ?? dynamoDbStore(new DynamoDBClient(options), ledgerTable),
    now: given.now ?? (() => performance.now()),
    clock: given.clock ?? Date.now,
    sleep: given.sleep ?? setTimeout,
    logger: given.logger ?? new Logger({ serviceName: controlId }),
    metrics: given.metrics ?? new Metrics({ namespace: METRICS_NAMESPACE, serviceName: controlId }),
  };
}
