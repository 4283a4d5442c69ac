/**
 * Sessions that AWS services open for functions and tasks. The emulator creates them internally, without an AssumeRole through
 * the gateway. CloudTrail records one as the service's call when the session is first used.
 */
import { randomUUID } from "node:crypto";
import { isJsonObject, type CloudTrailRecord } from "@bailiwick/aws-events/record";
import type { Emulator } from "../emulator/emulator";
import type { ApiCall } from "../gateway";
import { serviceIdentity } from "./identity";
import { timeInWords } from "./format";
import { awsRegionOf } from "./names";
import { wholeSeconds } from "./record";

/** Services that assume roles for what they run, likeliest first. The role's trust policy shows which one it was. */
const SERVICES = [
  "lambda.amazonaws.com",
  "ecs-tasks.amazonaws.com",
  "states.amazonaws.com",
  "ec2.amazonaws.com",
];
const HOUR = 3_600_000;
/** The duration of their sessions in milliseconds. For other services, where it is not documented, an hour, a role's default. */
const SESSIONS: Record<string, number> = {
  "lambda.amazonaws.com": 12 * HOUR,
  "ecs-tasks.amazonaws.com": 6 * HOUR,
  "ec2.amazonaws.com": 6 * HOUR,
};
const MAXIMUM_REMEMBERED = 10_000;

export class ServiceSessions {
  private readonly known = new Set<string>();

  constructor(private readonly emulator: Promise<Pick<Emulator, "authorize">>) {}

  /** @returns the record of the service's AssumeRole, if this call is the first of a session without one. */
  async firstUse(call: ApiCall): Promise<CloudTrailRecord | undefined> {
    const issued = call.output?.["Credentials"];
    if (call.service === "sts" && isJsonObject(issued)) this.remember(issued["AccessKeyId"]);
    const { identity, accessKeyId } = call;
    if (
      identity.type !== "AssumedRole" ||
      !identity.role ||
      accessKeyId === undefined ||
      this.known.has(accessKeyId)
    )
      return undefined;
    this.remember(accessKeyId);
    const service = await this.trusted(identity.role.arn);
    return service === undefined ? undefined : assumeRoleRecord(call, identity.role.arn, service);
  }

  private remember(key: unknown): void {
    if (typeof key !== "string") return;
    if (this.known.size >= MAXIMUM_REMEMBERED) this.known.clear();
    this.known.add(key);
  }

  private async trusted(role: string): Promise<string | undefined> {
    const emulator = await this.emulator;
    for (const service of SERVICES) {
      const request = { principal: { service }, action: "sts:AssumeRole", resource: role, trust: true };
      if ((await emulator.authorize(request)).allowed) return service;
    }
    return undefined;
  }
}

function assumeRoleRecord(call: ApiCall, roleArn: string, service: string): CloudTrailRecord {
  const roleSessionName = call.identity.arn?.split("/").at(-1) ?? "";
  const accountId = roleArn.split(":")[4] ?? call.account;
  const sessionToken = call.http.requestHeaders["x-amz-security-token"];
  const expiration = new Date(call.receivedAt + (SESSIONS[service] ?? HOUR)).toISOString();
  return {
    eventVersion: "1.11",
    userIdentity: serviceIdentity(service),
    eventTime: wholeSeconds(call.receivedAt),
    eventSource: "sts.amazonaws.com",
    eventName: "AssumeRole",
    awsRegion: awsRegionOf(call),
    sourceIPAddress: service,
    userAgent: service,
    requestParameters: { roleArn, roleSessionName },
    responseElements: {
      credentials: {
        accessKeyId: call.accessKeyId ?? "",
        // A presigned call doesn't have it.
        ...(sessionToken === undefined ? {} : { sessionToken }),
        expiration: timeInWords(expiration),
      },
      assumedRoleUser: { assumedRoleId: call.identity.principalId ?? "", arn: call.identity.arn ?? "" },
    },
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: true,
    resources: [{ accountId, type: "AWS::IAM::Role", ARN: roleArn }],
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: accountId,
    sharedEventID: randomUUID(),
    eventCategory: "Management",
  };
}
