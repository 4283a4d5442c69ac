/**
 * Writes into a trail's log group like CloudTrail: by the trail's role, if that trusts CloudTrail and may write
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html).
 */
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type InputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Emulator } from "../emulator/emulator";
import { DeliveryError } from "./delivery-error";
import type { LoggedRecord, LogPart } from "./log-files";
import { ROOT_SECRET } from "./trails";

export interface LogGroup {
  /**
   * Writes a log event for each record.
   * @throws DeliveryError
   */
  put(part: LogPart, records: readonly LoggedRecord[]): Promise<void>;
  close(): void;
}

/** The limits of one PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MAXIMUM_EVENTS = 10_000;
const MAXIMUM_BYTES = 1_048_576;
const BYTES_BESIDE_MESSAGE = 26;
/** Longer records are not written to log groups: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html */
const MAXIMUM_RECORD_BYTES = 256 * 1024;

/** In CloudTrail's words. */
const NO_TRUST = "Access denied. Verify in IAM that the role has adequate trust relationships.";
const NO_PERMISSION = "Access denied. Verify in IAM that the role has adequate permissions.";

const SERVICE = { service: "cloudtrail.amazonaws.com" };

export function logGroups(emulator: Pick<Emulator, "url" | "authorize">): LogGroup {
  const clients = new Map<string, CloudWatchLogsClient>();
  /** ARNs. */
  const streams = new Set<string>();

  const client = (account: string, region: string): CloudWatchLogsClient => {
    const key = `${account}/${region}`;
    let made = clients.get(key);
    if (!made) {
      const credentials = { accessKeyId: account, secretAccessKey: ROOT_SECRET };
      clients.set(key, (made = new CloudWatchLogsClient({ endpoint: emulator.url, region, credentials })));
    }
    return made;
  };

  const mayAssume = async (role: string): Promise<void> => {
    // Unlike elsewhere, without aws:SourceArn and aws:SourceAccount:
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
    const request = { principal: SERVICE, action: "sts:AssumeRole", resource: role, trust: true };
    const answer = await emulator.authorize(request);
    if (!answer.allowed)
      throw new DeliveryError(NO_TRUST, `CloudTrail can't use the role ${role}: ${answer.reason}.`);
  };

  const may = async (role: string, action: string, stream: string): Promise<void> => {
    const answer = await emulator.authorize({ principal: { role }, action, resource: stream });
    if (!answer.allowed)
      throw new DeliveryError(NO_PERMISSION, `CloudTrail can't write to ${stream}: ${answer.reason}.`);
  };

  return {
    async put(part, records) {
      const { trail } = part;
      if (!trail.cloudWatchLogs || records.length === 0) return;
      const { groupArn, roleArn } = trail.cloudWatchLogs;
      const group = groupArn.replace(/:\*$/, "");
      const [, , , region = "", account = "", , logGroupName = ""] = group.split(":");
      const logStreamName = logStreamOf(part);
      const stream = `${group}:log-stream:${logStreamName}`;
      const logs = client(account, region);
      await mayAssume(roleArn);
      try {
        if (!streams.has(stream)) {
          await may(roleArn, "logs:CreateLogStream", stream);
          await logs
            .send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
            .catch((error: Error) => {
              if (error.name !== "ResourceAlreadyExistsException") throw error;
            });
          streams.add(stream);
        }
        await may(roleArn, "logs:PutLogEvents", stream);
        for (const logEvents of batchesOf(records))
          await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
      } catch (error) {
        // The stream may have been deleted, perhaps with the group. It is created again next time.
        streams.delete(stream);
        if (error instanceof Error && error.name === "ResourceNotFoundException")
          throw new DeliveryError("The specified log group does not exist.", `${error.message}: ${group}`);
        throw error;
      }
    },
    close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}

/**
 * `<account>_CloudTrail_<region of the trail>`, for records of all regions. Streams of an organization's trail begin with the
 * organization's id, as in the policy that AWS requires (`o-…_*`).
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-log-group-log-stream-naming-for-cloudtrail.html
 */
export const logStreamOf = ({ trail, organizationId, account }: Omit<LogPart, "kind" | "region">): string =>
  `${trail.organization ? `${organizationId}_` : ""}${account}_CloudTrail_${trail.homeRegion}`;

/** In chronological order and in batches, as CloudWatch Logs requires. Records that are too long are left out. */
export function batchesOf(records: readonly LoggedRecord[]): InputLogEvent[][] {
  const events = records
    .map((record) => ({ timestamp: Date.parse(record.eventTime), message: JSON.stringify(record) }))
    .map((event) => ({ event, bytes: Buffer.byteLength(event.message) }))
    .filter(({ bytes }) => bytes <= MAXIMUM_RECORD_BYTES)
    .sort((a, b) => a.event.timestamp - b.event.timestamp);
  const batches: InputLogEvent[][] = [];
  let batch: InputLogEvent[] = [];
  let total = 0;
  for (const { event, bytes } of events) {
    const weight = bytes + BYTES_BESIDE_MESSAGE;
    if (batch.length === MAXIMUM_EVENTS || (batch.length > 0 && total + weight > MAXIMUM_BYTES)) {
      batches.push(batch);
      [batch, total] = [[], 0];
    }
    batch.push(event);
    total += weight;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
