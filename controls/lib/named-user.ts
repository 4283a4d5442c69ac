/** Which IAM user a call is about. */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue, textIn } from "./event-fields";
import { resourceFrom, USER, type ResourceReference } from "./resources";

/**
 * The user that a call of IAM names: by the answer, which alone has the path, or by the request; a call that names none is about its
 * caller's own. A path that no policy may hold is left out.
 */
export function userOf(event: EventBridgeEvent): ResourceReference | undefined {
  const answered = textIn(event, "responseElements", "user", "arn");
  const named =
    answered ??
    detailValue(event, "requestParameters", "userName") ??
    (detailValue(event, "userIdentity", "type") === "IAMUser"
      ? (detailValue(event, "userIdentity", "arn") ?? detailValue(event, "userIdentity", "userName"))
      : undefined);
  return (
    resourceFrom(event, USER, named) ??
    (answered === undefined
      ? undefined
      : resourceFrom(event, USER, answered.slice(answered.lastIndexOf("/") + 1)))
  );
}
