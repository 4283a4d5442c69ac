/** Credentials that allow nothing but one control's work on one resource. */
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { AwsClientConfig } from "../../controls/lib/aws-client";
import type { CatalogueEntry } from "../../controls/lib/control";
import type { RemediationContext } from "../../controls/lib/remediation";
import type { ResourceReference } from "../../controls/lib/resources";
import { isNamed, PermanentError } from "../../controls/lib/errors";
import { classifyError } from "../lib/classify-error";
import type { Deadline } from "./deadline";
import type { ControlFunctionSettings } from "../../contract/control-settings";
import { SESSION_TAGS } from "../../contract/names";

/** The settings that sessions depend on. */
type SessionSettings = Pick<ControlFunctionSettings, "partition" | "roleName">;

/** What STS takes, in characters. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const LONGEST_SESSION_POLICY = 2048;
const LONGEST_SESSION_NAME = 64;
/** The shortest that STS offers. An event takes seconds. */
const SESSION_SECONDS = 900;

/** What a session is for: reading a resource and, if `task` says so, fixing it or undoing a fix. */
interface Reach {
  /** Default `read`. */
  task?: "read" | "fix" | "undo";
  /** ARNs of what fix or undo change beside the resource. */
  beside?: readonly string[];
}

/** The session policy for a resource: the control's permissions for the task, narrowed to the resource's account, region and id. */
export function sessionPolicy(
  control: CatalogueEntry,
  resource: ResourceReference,
  partition: string,
  reach: Reach = {},
): string {
  const text = policyText(control, resource, partition, reach);
  if (text.length > LONGEST_SESSION_POLICY) {
    throw new PermanentError(
      `The session policy for ${resource.arn} has ${text.length} characters, more than the ${LONGEST_SESSION_POLICY} that STS takes.`,
    );
  }
  return text;
}

/** The ARNs beside a resource in slices that each fit into a session policy: at least one, which may be empty. */
export function sessionSlices(
  control: CatalogueEntry,
  resource: ResourceReference,
  partition: string,
  { beside = [], ...reach }: Reach,
): string[][] {
  const slices: string[][] = [];
  let last: string[] = [];
  for (const arn of beside) {
    const longer = policyText(control, resource, partition, { ...reach, beside: [...last, arn] });
    if (last.length > 0 && longer.length > LONGEST_SESSION_POLICY) {
      slices.push(last);
      last = [];
    }
    last.push(arn);
  }
  return [...slices, last];
}

function policyText(
  control: CatalogueEntry,
  resource: ResourceReference,
  partition: string,
  { task = "read", beside = [] }: Reach,
): string {
  const { account, region, id } = resource;
  const scope = { partition, account, region, id };
  const reached = { ...scope, beside };
  const statements = [
    ...(control.readPermissions?.(scope) ?? []),
    ...((task === "fix" && control.fixPermissions?.(reached)) || []),
    ...((task === "undo" && control.undoPermissions?.(reached)) || []),
  ];
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * The event's id and as much of the control's as fits, so that the CloudTrail records of a fix lead back to its cause. Characters
 * that STS doesn't take become `-`.
 */
export function sessionName(control: string, eventId: string): string {
  return `${eventId}-${control}`
    .replace(/[^\w+=,.@-]/g, "-")
    .slice(0, LONGEST_SESSION_NAME)
    .padEnd(2, "-");
}

/** What a session is for. */
export interface SessionPurpose extends Reach {
  /** Id of the EventBridge event, or of the undo. */
  eventId: string;
  /** The event's key in the ledger, and the id of its entry. */
  event: string;
  entry: string;
  /** Absent: no limit of its own. */
  deadline?: Deadline;
}

/**
 * Assumes the role of the settings in the resource's account, narrowed to the resource and the task. CloudTrail's record of AssumeRole has the session's
 * name and tags, and the records of its calls have the name.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export async function openSession(
  { sts, control, settings }: { sts: STSClient; control: CatalogueEntry; settings: SessionSettings },
  resource: ResourceReference,
  { eventId, event, entry, deadline, ...reach }: SessionPurpose,
): Promise<AwsClientConfig> {
  const { partition, roleName } = settings;
  const role = `arn:${partition}:iam::${resource.account}:role/${roleName}`;
  const request = new AssumeRoleCommand({
    RoleArn: role,
    RoleSessionName: sessionName(control.id, eventId),
    Policy: sessionPolicy(control, resource, partition, reach),
    DurationSeconds: SESSION_SECONDS,
    Tags: [
      { Key: SESSION_TAGS.control, Value: tagValue(control.id) },
      { Key: SESSION_TAGS.event, Value: tagValue(event) },
      { Key: SESSION_TAGS.outcome, Value: tagValue(entry) },
    ],
  });
  try {
    const { Credentials: credentials } = await sts.send(
      request,
      deadline && { abortSignal: deadline.signal },
    );
    const { requestHandler } = sts.config;
    return {
      region: resource.region,
      credentials: {
        accessKeyId: credentials?.AccessKeyId ?? "",
        secretAccessKey: credentials?.SecretAccessKey ?? "",
        ...(credentials?.SessionToken === undefined ? {} : { sessionToken: credentials.SessionToken }),
      },
      // Events share the connections; only the credentials differ.
      requestHandler: deadline ? deadline.limit(requestHandler) : requestHandler,
    };
  } catch (error) {
    if (isNamed(error, "PackedPolicyTooLargeException", "PackedPolicyTooLarge"))
      throw new PackedPolicyError(
        `The session policy and tags for ${resource.arn} are too large for STS in their packed form: nothing more can be left out. ` +
          `Shorten the resource's name, or exempt it. (${error.message})`,
        { cause: error },
      );
    throw classifyError(error, `assuming ${role}`);
  }
}

/** STS refused the packed form of a session's policy and tags. */
class PackedPolicyError extends PermanentError {}

/**
 * The context with sessions that together reach everything that the task changes. Each is opened when its turn comes.
 *
 * Within its 2,048 characters STS also limits a packed form of policy and tags, whose size only STS knows: a slice that it finds too
 * large is halved. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 */
export async function* contextsReaching(
  runtime: Parameters<typeof openSession>[0],
  context: RemediationContext<unknown>,
  purpose: SessionPurpose,
): AsyncGenerator<RemediationContext<unknown>> {
  const { resource } = context;
  const slices = sessionSlices(runtime.control, resource, runtime.settings.partition, purpose);
  let several = slices.length > 1;
  for (let beside = slices.shift(); beside !== undefined; beside = slices.shift()) {
    let aws: AwsClientConfig;
    try {
      aws = await openSession(runtime, resource, { ...purpose, beside });
    } catch (error) {
      if (!(error instanceof PackedPolicyError) || beside.length < 2) throw error;
      const half = Math.ceil(beside.length / 2);
      slices.unshift(beside.slice(0, half), beside.slice(half));
      several = true;
      continue;
    }
    yield { ...context, aws, ...(several ? { beside } : {}) };
  }
}

/** The text with the characters that a session tag takes. https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
function tagValue(text: string): string {
  return text.replace(/[^\w.:/=+@-]/g, "-").slice(0, 256);
}
