/** Every resource type that the engine can deploy. */
import { EngineError } from "../errors";
import type { ResourceType } from "../resource-type";
import { types as cloudtrail } from "./cloudtrail";
import { types as cloudwatch } from "./cloudwatch";
import { types as dynamodb } from "./dynamodb";
import { types as events } from "./events";
import { types as iam } from "./iam";
import { types as kms } from "./kms";
import { types as lambda } from "./lambda";
import { types as logDeliveries } from "./log-deliveries";
import { types as logs } from "./logs";
import { types as organizations } from "./organizations";
import { types as s3 } from "./s3";
import { types as scheduler } from "./scheduler";
import { types as sns } from "./sns";
import { types as sqs } from "./sqs";

export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  ...cloudtrail,
  ...cloudwatch,
  ...dynamodb,
  ...events,
  ...iam,
  ...kms,
  ...lambda,
  ...logDeliveries,
  ...logs,
  ...organizations,
  ...s3,
  ...scheduler,
  ...sns,
  ...sqs,
};

/** @throws EngineError for a type without a provider. */
export function resourceType(token: string): ResourceType {
  const found = Object.hasOwn(resourceTypes, token) ? resourceTypes[token] : undefined;
  if (found === undefined)
    throw new EngineError(
      `The local engine has no provider for the type ${token}. Leave it out of this stack, or add it in engine/providers/ of @bailiwick/local-aws.`,
    );
  return found;
}
