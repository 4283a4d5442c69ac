import assert from "node:assert/strict";
import { matches, validate } from "@bailiwick/aws-events";
import { eventsOf } from "./testing";
import { watchControl } from "./watch";

/** Whether a watch of this name takes an event of that one. */
function takes(watched: string, service: string, eventName: string): boolean {
  const { pattern } = watchControl({ event: watched, channel: "audit", severity: "low" });
  const event = structuredClone(eventsOf("cloudfront-distribution-change-reported").get("matching-create")!);
  event.source = `aws.${service}`;
  Object.assign(event.detail, { eventSource: `${service}.amazonaws.com`, eventName });
  assert.deepEqual(validate(JSON.stringify(pattern)), { valid: true });
  return matches(JSON.stringify(pattern), JSON.stringify(event));
}

describe("a watch", () => {
  it("takes the event of its name and service, and no other", () => {
    assert.equal(takes("iam:CreateUser", "iam", "CreateUser"), true);
    assert.equal(takes("iam:CreateUser", "iam", "CreateUserPool"), false);
    assert.equal(takes("iam:CreateUser", "cognito-idp", "CreateUser"), false);
    assert.equal(takes("iam:CreateUser", "iam", "CreateUser20150331"), false);
  });

  it("takes the names that CloudFront's and Lambda's records have, with the version of the API", () => {
    for (const [watched, service, eventName] of [
      ["cloudfront:CreateDistribution", "cloudfront", "CreateDistribution2020_05_31"],
      ["cloudfront:CreateDistribution", "cloudfront", "CreateDistribution"],
      ["lambda:AddPermission", "lambda", "AddPermission20150331v2"],
    ] as const)
      assert.equal(takes(watched, service, eventName), true, eventName);
    for (const [watched, service, eventName] of [
      ["cloudfront:CreateDistribution", "cloudfront", "CreateDistributionWithTags2020_05_31"],
      ["lambda:CreateFunction", "lambda", "CreateFunctionUrlConfig"],
      ["lambda:AddPermission20150331v2", "lambda", "AddPermission20150331v22"],
    ] as const)
      assert.equal(takes(watched, service, eventName), false, eventName);
  });
});
