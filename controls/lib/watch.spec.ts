import assert from "node:assert/strict";
import { matches, validate } from "@bailiwick/aws-events";
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
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

describe("what a watch reports", () => {
  const watch = (event: string) => watchControl({ event, channel: "audit", severity: "low" });
  const eventOf = (detail: JsonObject): EventBridgeEvent => {
    const event = structuredClone(
      eventsOf("cloudfront-distribution-change-reported").get("matching-create")!,
    );
    return { ...event, detail: { ...event.detail, requestParameters: null, ...detail } };
  };
  const saidOf = (name: string, detail: JsonObject) => {
    const description = watch(name).describe?.(eventOf(detail), {});
    assert(description?.report === true);
    return [description.findings[0], description.facts];
  };

  it("is read from a service's own event too, as Control Tower's of a new account", () => {
    const serviceEventDetails = {
      createManagedAccountStatus: {
        organizationalUnit: { organizationalUnitName: "Custom" },
        account: { accountName: "web", accountId: "109876543210" },
        state: "SUCCEEDED",
      },
    };
    assert.deepEqual(
      saidOf("controltower:CreateManagedAccount", { eventType: "AwsServiceEvent", serviceEventDetails }),
      [
        "controltower:CreateManagedAccount happened.",
        {
          "createManagedAccountStatus.organizationalUnit.organizationalUnitName": "Custom",
          "createManagedAccountStatus.account.accountName": "web",
          "createManagedAccountStatus.account.accountId": "109876543210",
          "createManagedAccountStatus.state": "SUCCEEDED",
        },
      ],
    );
  });

  it("names the simple parameters of a call", () => {
    assert.deepEqual(
      saidOf("iam:CreateUser", { requestParameters: { userName: "eve", tags: [{ a: "b" }] } }),
      ["iam:CreateUser was called.", { userName: "eve" }],
    );
  });

  it("says that a control made the call", () => {
    const arn = "arn:aws:sts::210987654321:assumed-role/bailiwick-s3-bucket-policy-not-public/1-s3";
    const [said] = saidOf("s3:PutBucketPolicy", { userIdentity: { type: "AssumedRole", arn } });
    assert.equal(
      said,
      "s3:PutBucketPolicy was called, with the role bailiwick-s3-bucket-policy-not-public of a control that remediates.",
    );
  });

  it("joins no stop and bracket of an error message", () => {
    const [said] = saidOf("iam:CreateUser", { errorCode: "AccessDenied", errorMessage: "Not authorized." });
    assert.equal(said, "iam:CreateUser was tried and failed: AccessDenied (Not authorized).");
  });

  it("is about the resource in the account that owns it", () => {
    const bucket = "arn:aws:s3:::ledger";
    const owner = (resources: Json) => watch("s3:GetObject").resource(eventOf({ resources }))?.account;
    assert.equal(owner([{ ARN: bucket, accountId: "109876543210" }]), "109876543210");
    assert.equal(owner([{ ARN: "arn:aws:kms:eu-west-1:109876543210:key/1" }]), "109876543210");
    assert.equal(owner([{ ARN: bucket }]), "210987654321");
    assert.equal(owner([{ ARN: bucket, accountId: "*" }]), "210987654321");
  });
});
