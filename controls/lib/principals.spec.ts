import assert from "node:assert/strict";
import type { EventBridgeEvent, Json } from "@bailiwick/aws-events/record";
import * as v from "valibot";
import { principalAmong, trustedPrincipal } from "./principals";

const ROLE = "arn:aws:iam::210987654321:role/ci/deployment";
const RESERVED = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Deployers_*";
const by = (userIdentity: unknown): EventBridgeEvent => ({
  ...{ version: "0" as const, id: "e", "detail-type": "x", source: "aws.x", account: "210987654321" },
  ...{
    time: "2026-03-17T08:41:27Z",
    region: "eu-west-1",
    resources: [],
    detail: { userIdentity: userIdentity as Json },
  },
});
const session = (role: string, name = "release-7") => ({
  type: "AssumedRole",
  arn: `arn:aws:sts::210987654321:assumed-role/${role.split("/").at(-1)}/${name}`,
  sessionContext: { sessionIssuer: { type: "Role", arn: role } },
});

describe("a principal that a configuration trusts", () => {
  const isTaken = (arn: unknown) => v.safeParse(trustedPrincipal, arn).success;

  it("is named in full, with its account, or is below the path that only AWS uses", () => {
    for (const arn of [
      ROLE,
      "arn:aws-cn:iam::210987654321:user/ci/robot",
      RESERVED,
      "arn:aws:iam::210987654321:role/aws-reserved/sso.amazonaws.com/*",
    ])
      assert(isTaken(arn), arn);
  });

  it("is no pattern that a role of a member's administrator could fit", () => {
    for (const arn of [
      "*",
      "arn:aws:iam::*:role/*-pipeline",
      "arn:aws:iam::*:role/deployment",
      "arn:aws:iam::210987654321:role/deploy-*",
      "arn:aws:iam::210987654321:role/deployment/*",
      "arn:aws:iam::21098765432?:role/deployment",
      "arn:aws:iam::2109876543*:role/deployment",
      "arn:aws:iam::*:role/aws-reserved*",
      "arn:aws:iam::*:role/*/aws-reserved/sso.amazonaws.com/x",
      "arn:aws:iam::*:role/x/../aws-reserved/*",
      "arn:aws:iam::*:user/aws-reserved/sso.amazonaws.com/*",
      "arn:aws:sts::*:assumed-role/deployment/*",
      "arn:aws:sts::210987654321:assumed-role/deployment/release",
      "arn:aws:iam::210987654321:root",
      7,
    ])
      assert(!isTaken(arn), String(arn));
  });

  it("says what to write instead", () => {
    const { issues } = v.safeParse(trustedPrincipal, "arn:aws:iam::*:role/*-pipeline");
    assert.equal(
      issues?.[0].message,
      "the full ARN of a role or user, with its account: whoever administers an account can create a role that fits a pattern; only " +
        "AWS creates roles below role/aws-reserved/<service>/, where account and name may contain a *",
    );
  });
});

describe("an event's caller among trusted principals", () => {
  it("is a user by its ARN and a session by its role's, path included", () => {
    const user = "arn:aws:iam::210987654321:user/robot";
    assert.equal(principalAmong(by({ type: "IAMUser", arn: user }), [user]), user);
    assert.equal(principalAmong(by(session(ROLE)), [ROLE]), ROLE);
    const reserved = RESERVED.replace(":*:", ":210987654321:")
      .replace("/*/", "/eu-west-1/")
      .replace(/\*$/, "0a1b");
    assert.equal(principalAmong(by(session(reserved)), [RESERVED]), reserved);
  });

  it("is nobody by a session's own ARN, nor when its role isn't known, nor as root", () => {
    const { arn } = session(ROLE);
    for (const identity of [
      session("arn:aws:iam::210987654321:role/other", "deployment"),
      { type: "AssumedRole", arn },
      { type: "Root", arn: "arn:aws:iam::210987654321:root" },
      { type: "FederatedUser", arn: ROLE },
      { arn: ROLE },
      null,
      "text",
    ])
      assert.equal(principalAmong(by(identity), [ROLE, arn, "arn:aws:iam::210987654321:root"]), undefined);
  });
});
