/** What the controls' specs share. */
import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { EventBridgeEvent, Json } from "@bailiwick/aws-events/record";
import type { AwsClientConfig } from "./aws-client";
import type { Control } from "./control";
import type { ResourceReference } from "./resources";

// The package's types keep these to themselves.
const { unknownCheckingProxy, unknownStringValue } = proxy as unknown as {
  unknownCheckingProxy: (inputs: unknown) => Record<string, unknown>;
  unknownStringValue: string;
};

/** What a preview gives for a text it doesn't know yet. */
export const UNKNOWN = unknownStringValue;

/** The events beside a control, by file name without `.json`. */
export function eventsOf(id: string): Map<string, EventBridgeEvent> {
  const folder = join(__dirname, "..", id, "events");
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as EventBridgeEvent;
  return new Map(readdirSync(folder).map((file) => [file.replace(/\.json$/, ""), read(file)]));
}

/** What a policy reports of a resource's inputs; in a preview, inputs may hold the SDK's placeholders of unknown values. */
export function reports(
  policy: ResourceValidationPolicy,
  type: string,
  inputs: Record<string, unknown>,
  config: Record<string, unknown> = {},
): string[] {
  const messages: string[] = [];
  const validate = policy.validateResource;
  if (typeof validate !== "function") throw new TypeError("The policy has not exactly one validation.");
  const props = unknownCheckingProxy(inputs);
  const args = { type, props, getConfig: () => config } as unknown as ResourceValidationArgs;
  try {
    void validate(args, (message) => messages.push(message));
  } catch (error) {
    messages.push(`thrown: ${(error as Error).message}`);
  }
  return messages;
}

export const CREDENTIALS: AwsClientConfig = {
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
};

/** A resource of account 210987654321 in eu-west-1. */
export function reference(type: string, id: string, arn: string): ResourceReference {
  return { account: "210987654321", region: "eu-west-1", type, id, arn };
}

/** An error as the SDK throws it: its class carries the code as name. */
export function sdkError(name: string, message = name, status = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

/** What a control that only reports says about one of its events: findings and facts, or why nothing; or the history they depend on. */
export function reported<P>(control: Control<P>, name: string, parameters: P): unknown {
  const event = eventsOf(control.id).get(name);
  if (!event || !control.describe) throw new Error(`${control.id} has no event ${name} to report.`);
  const description = control.describe(event, parameters);
  if (description.report === "history") return { ...description, report: undefined };
  return description.report ? { findings: description.findings, facts: description.facts } : description.why;
}

/** Events as nobody sends them: nothing a control says may depend on what callers wrote being there, or of its type. */
export function oddEvents(like: EventBridgeEvent): EventBridgeEvent[] {
  const odd: Json[] = [
    null,
    {},
    [],
    "text",
    7,
    { userName: { a: 1 }, tableName: [7], changeBatch: { changes: [null, 7] } },
  ];
  return odd.map((value) => ({
    ...like,
    detail: {
      ...like.detail,
      requestParameters: value,
      responseElements: value,
      userIdentity: value,
      insightDetails: value,
    },
  }));
}
