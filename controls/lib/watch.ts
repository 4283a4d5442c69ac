/**
 * A watch: a control that only reports, made of the name of an API call. `bailiwick watch add iam:CreateUser --channel platform` writes it into
 * the stack's configuration.
 */
import { createHash } from "node:crypto";
import { isWithheldName } from "@bailiwick/aws-events/cloudtrail";
import {
  isJsonObject,
  type EventBridgeEvent,
  type Json,
  type JsonObject,
} from "@bailiwick/aws-events/record";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import { fieldsOf } from "./event-fields";
import { isAccountId, isRegion, type ResourceReference } from "./resources";
import { whoDid } from "./who-did";
import type { CatalogueEntry, Facts, Severity } from "./control";

export interface Watch {
  /** CloudTrail's name of the service and of the event: `iam:CreateUser`. */
  event: string;
  /** The only channel that is notified. */
  channel: string;
  severity: Severity;
}

/** No control of the catalogue has an id with an underscore. */
export const WATCH_PREFIX = "watch_";

/** Ids of watches of one channel begin so: channels know theirs by it. */
export const watchPrefix = (channel: string): string => `${WATCH_PREFIX}${channel}_`;

/** IAM takes 64 characters for the function's role: `bailiwick-<id>-fn`. */
const LONGEST_ID = 51;

/** The id of the control that a watch is. */
export function watchId({ event, channel }: Pick<Watch, "event" | "channel">): string {
  const id = `${watchPrefix(channel)}${event
    .toLowerCase()
    .replace(":", "-")
    .replace(/[^a-z0-9_-]/g, "-")}`;
  if (id.length <= LONGEST_ID) return id;
  const digest = createHash("sha256").update(event).digest("hex").slice(0, 6);
  return `${id.slice(0, LONGEST_ID - 7)}-${digest}`;
}

/** Console sign-ins have a detail type of their own. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
const DETAIL_TYPES = [
  "AWS API Call via CloudTrail",
  "AWS Console Sign In via CloudTrail",
  "AWS Service Event via CloudTrail",
];

/** These call one thing by two names: CreateDistribution and CreateDistribution2020_05_31, AddPermission and AddPermission20150331v2. */
const VERSIONED = ["cloudfront", "lambda"];

/** The name, and where CloudTrail may put the API's version behind it, those too. */
const namesOf = (service: string, name: string) =>
  VERSIONED.includes(service) && !/20\d\d_?\d\d/.test(name) ? [name, { prefix: `${name}20` }] : [name];

/** The control that reports an event, failed attempts included. */
export function watchControl(watch: Watch): CatalogueEntry {
  const [service = "", eventName = ""] = watch.event.split(":");
  return {
    id: watchId(watch),
    title: `${watch.event} was called`,
    description: `Notifies the channel ${watch.channel} whenever ${watch.event} is called in a governed account, also when the call fails.`,
    severity: watch.severity,
    frameworks: [],
    resourceType: "AWS::CloudTrail::Event",
    pattern: {
      source: [`aws.${service}`],
      "detail-type": DETAIL_TYPES,
      detail: { eventSource: [`${service}.amazonaws.com`], eventName: namesOf(service, eventName) },
    },
    resource,
    remediationSteps: "",
    ...(isWithheldName(watch.event) ? { readOnlyEvents: true } : {}),
    describe: (event) => ({ report: true, findings: [sentence(watch.event, event)], facts: factsOf(event) }),
  };
}

/** The first resource that the record names, or the event itself: what a call is about can't be known for every call there is. */
function resource(event: EventBridgeEvent): ResourceReference | undefined {
  const { region, detail } = event;
  if (!isAccountId(event.account) || !isRegion(region)) return undefined;
  const listed = [detail["resources"]].flat().map((each) => objectOf(each));
  const isArn = (each: Json | undefined) => typeof each === "string" && each.startsWith("arn:");
  const named = listed.find((each) => isArn(each["ARN"] ?? each["arn"]));
  const arn = named?.["ARN"] ?? named?.["arn"] ?? event.resources.find(isArn);
  const type = (named ?? listed.find((each) => typeof each["type"] === "string"))?.["type"];
  // A call to another account's resource is recorded in the caller's account too.
  const owners = [named?.["accountId"], typeof arn === "string" ? arn.split(":")[4] : undefined];
  const account = owners.find(isAccountId) ?? event.account;
  if (typeof arn === "string")
    return {
      account,
      region,
      type: typeof type === "string" ? type : "AWS::CloudTrail::Event",
      id: arn.split(/[:/]/).pop() ?? arn,
      arn,
    };
  const id = textOf(detail["eventID"]) ?? event.id;
  return {
    account,
    region,
    type: "AWS::CloudTrail::Event",
    id,
    arn: `arn:${partitionOf(region)}:cloudtrail:${region}:${account}:event/${id}`,
  };
}

function sentence(name: string, event: EventBridgeEvent): string {
  const { detail } = event;
  const code = textOf(detail["errorCode"]);
  const who = whoDid(event);
  if (code === undefined && detail["eventType"] === "AwsServiceEvent") return `${name} happened.`;
  if (code === undefined)
    return `${name} was called${who?.kind === "control" ? `, with the role ${who.name} of a control that remediates` : ""}.`;
  const message = textOf(detail["errorMessage"]);
  return `${name} was tried and failed: ${code}${message === undefined ? "" : ` (${withoutStop(message)})`}.`;
}

/** Within a sentence. */
const withoutStop = (text: string): string => text.replace(/[.;\s]+$/, "");

const MOST_PARAMETERS = 8;
const LONGEST_VALUE = 200;

/** The simple fields of the call or the service's event. CloudTrail has removed secrets; what looks like one is hidden all the same. */
function factsOf(event: EventBridgeEvent): Facts {
  const isServiceEvent = isJsonObject(event.detail["serviceEventDetails"]);
  // Services put their details into one object by the event's name, and into others in that.
  const fields = simpleFields(fieldsOf(event), isServiceEvent ? DEEPEST_DETAILS : 0);
  return Object.fromEntries(
    fields
      .slice(0, MOST_PARAMETERS)
      .map(([name, value]): [string, string] => [
        name,
        /password|secret|token|credential|private/i.test(name)
          ? "(not shown)"
          : String(value).slice(0, LONGEST_VALUE),
      ]),
  );
}

const DEEPEST_DETAILS = 3;

/** Texts, numbers and booleans by their names; those in objects down to `depth` by names joined by dots. */
function simpleFields(object: JsonObject, depth: number, prefix = ""): [string, string | number | boolean][] {
  return Object.entries(object).flatMap(([name, value]): [string, string | number | boolean][] => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return [[`${prefix}${name}`, value]];
    return depth > 0 && isJsonObject(value) ? simpleFields(value, depth - 1, `${prefix}${name}.`) : [];
  });
}

const objectOf = (value: Json | undefined): Record<string, Json> => (isJsonObject(value) ? value : {});

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
