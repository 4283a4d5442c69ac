/** Credentials that can do nothing but one control's work on one resource. */
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { AwsClientConfig, CatalogueEntry, ResourceReference } from "../../controls/control";
import { PermanentError } from "../../controls/errors";
import { classify } from "./failure";
import type { Settings } from "./settings";

/** STS takes session policies of at most so many characters. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const LONGEST_SESSION_POLICY = 2048;
const LONGEST_SESSION_NAME = 64;
/** The shortest STS gives; an event is done with in seconds. */
const SESSION_SECONDS = 900;

/** The session policy for a resource: the control's permissions, narrowed to its account, region and id. */
export function sessionPolicy(
  control: CatalogueEntry,
  resource: ResourceReference,
  partition: string,
): string {
  const { account, region, id } = resource;
  const policy = {
    Version: "2012-10-17",
    Statement: control.permissions({ partition, account, region, id }),
  };
  const text = JSON.stringify(policy);
  if (text.length > LONGEST_SESSION_POLICY) {
    throw new PermanentError(
      `The session policy for ${resource.arn} has ${text.length} characters, more than the ${LONGEST_SESSION_POLICY} that STS takes.`,
    );
  }
  return text;
}

/**
 * The event's id and as much of the control's as fits, so that the CloudTrail records of a fix lead back to what caused it. Letters
 * that STS doesn't take become `-`.
 */
export function sessionName(control: string, eventId: string): string {
  return `${eventId}-${control}`
    .replace(/[^\w+=,.@-]/g, "-")
    .slice(0, LONGEST_SESSION_NAME)
    .padEnd(2, "-");
}

/** Assumes the control's role in the resource's account, narrowed to the resource. */
export async function openSession(
  sts: STSClient,
  control: CatalogueEntry,
  resource: ResourceReference,
  eventId: string,
  { partition, roleName }: Settings,
): Promise<AwsClientConfig> {
  const role = `arn:${partition}:iam::${resource.account}:role/${roleName}`;
  const request = new AssumeRoleCommand({
    RoleArn: role,
    RoleSessionName: sessionName(control.id, eventId),
    Policy: sessionPolicy(control, resource, partition),
    DurationSeconds: SESSION_SECONDS,
  });
  try {
    const { Credentials: credentials } = await sts.send(request);
    return {
      region: resource.region,
      credentials: {
        accessKeyId: credentials?.AccessKeyId ?? "",
        secretAccessKey: credentials?.SecretAccessKey ?? "",
        ...(credentials?.SessionToken === undefined ? {} : { sessionToken: credentials.SessionToken }),
      },
      // The connections are shared; only the credentials differ from event to event.
      requestHandler: sts.config.requestHandler,
    };
  } catch (error) {
    throw classify(error, `assuming ${role}`);
  }
}
