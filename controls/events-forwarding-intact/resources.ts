/** Which resource of the path an event is about. */
import type { EventBridgeEvent, Json } from "@bailiwick/aws-events/record";
import { textIn } from "../lib/event-fields";
import { HUB_BUS_NAME } from "../lib/path-names";
import { resourceFrom, type ResourceReference, type ResourceShape } from "../lib/resources";

const regional =
  (service: string, resource: string) =>
  ({ partition, account, region, id }: Parameters<ResourceShape["arn"]>[0]) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}${id}`;

const NAME = /^bailiwick-[\w.-]{1,118}$/;

export const RESOURCES = {
  /** Of the default bus by its name, of the hub bus as `bailiwick/<name>`. */
  rule: {
    type: "AWS::Events::Rule",
    id: /^(bailiwick\/)?bailiwick-[\w.-]{1,54}$/,
    arn: regional("events", "rule/"),
  },
  bus: { type: "AWS::Events::EventBus", id: /^bailiwick$/, arn: regional("events", "event-bus/") },
  queue: { type: "AWS::SQS::Queue", id: /^bailiwick-[\w-]{1,70}$/, arn: regional("sqs", "") },
  role: {
    type: "AWS::IAM::Role",
    id: /^bailiwick-[\w+=,.@-]{1,54}$/,
    arn: ({ partition, account, id }) => `arn:${partition}:iam::${account}:role/${id}`,
  },
  function: { type: "AWS::Lambda::Function", id: NAME, arn: regional("lambda", "function:") },
  table: { type: "AWS::DynamoDB::Table", id: NAME, arn: regional("dynamodb", "table/") },
  logGroup: {
    type: "AWS::Logs::LogGroup",
    id: /^\/aws\/lambda\/bailiwick-[\w.-]{1,118}$/,
    arn: regional("logs", "log-group:"),
  },
  scheduleGroup: {
    type: "AWS::Scheduler::ScheduleGroup",
    id: /^bailiwick$/,
    arn: regional("scheduler", "schedule-group/"),
  },
} as const satisfies Record<string, ResourceShape>;

/** Undefined for what merely looks like one, as a rule of that name on a bus of somebody else. */
export function pathResource(event: EventBridgeEvent): ResourceReference | undefined {
  const asked = (name: string) => textIn(event, "requestParameters", name);
  const of = (shape: ResourceShape, id: string | undefined) => resourceFrom(event, shape, id);
  switch (event.detail["eventSource"]) {
    case "events.amazonaws.com":
      return ofEventBridge(event, asked);
    case "sqs.amazonaws.com":
      return of(RESOURCES.queue, lastPart(asked("queueUrl"), "/"));
    case "iam.amazonaws.com":
      return of(RESOURCES.role, asked("roleName"));
    case "lambda.amazonaws.com":
      return of(
        RESOURCES.function,
        functionName(asked("functionName") ?? textIn(event, "responseElements", "functionArn")),
      );
    case "dynamodb.amazonaws.com":
      return of(RESOURCES.table, lastPart(asked("tableName"), "/"));
    case "logs.amazonaws.com":
      return of(RESOURCES.logGroup, asked("logGroupName"));
    case "scheduler.amazonaws.com":
      return of(RESOURCES.scheduleGroup, asked("name"));
    default:
      return undefined;
  }
}

const ABOUT_BUSES: readonly Json[] = [
  "PutPermission",
  "RemovePermission",
  "DeleteEventBus",
  "UpdateEventBus",
];

function ofEventBridge(event: EventBridgeEvent, asked: (name: string) => string | undefined) {
  const named = lastPart(asked("eventBusName"), "/");
  if (ABOUT_BUSES.includes(event.detail["eventName"] ?? null))
    return resourceFrom(event, RESOURCES.bus, named ?? asked("name"));
  const rule = asked("rule") ?? asked("name");
  if (rule === undefined || rule.includes("/")) return undefined;
  if (named === undefined || named === "default") return resourceFrom(event, RESOURCES.rule, rule);
  return named === HUB_BUS_NAME ? resourceFrom(event, RESOURCES.rule, `${named}/${rule}`) : undefined;
}

/** Calls name a function by its name, by its ARN, or by parts of it, with or without a version. */
const functionName = (named: string | undefined) =>
  named?.includes(":") ? /(?:^|:)(bailiwick-[^:]+)/.exec(named)?.[1] : named;

const lastPart = (text: string | undefined, separator: string) => text?.split(separator).at(-1);
