import assert from "node:assert/strict";
import { eventsOf } from "../../controls/lib/testing";
import { eventFacts } from "./event";

describe("the principal of an outcome", () => {
  const principalOf = (userIdentity: Record<string, string>) => {
    const event = structuredClone(eventsOf("lambda-event-source-enabled").get("matching-disable")!);
    event.detail["userIdentity"] = userIdentity;
    return eventFacts(event).principal;
  };

  it("is the user, also behind a service", () => {
    const arn = "arn:aws:iam::210987654321:user/pilot";
    const invokedBy = "cloudformation.amazonaws.com";
    assert.equal(principalOf({ type: "IAMUser", arn, userName: "pilot", invokedBy }), arn);
  });

  it("is the service where there is nobody else", () => {
    const invokedBy = "ec2fleet.amazonaws.com";
    assert.equal(principalOf({ type: "AWSService", invokedBy }), invokedBy);
  });

  it("is never a control's own session, which only remediates what somebody else did", () => {
    const role = "bailiwick-lambda-event-source-enabled";
    const arn = `arn:aws:sts::210987654321:assumed-role/${role}/1-lambda-event-source-enabled`;
    assert.equal(principalOf({ type: "AssumedRole", arn }), undefined);
  });
});
