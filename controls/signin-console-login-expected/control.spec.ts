import assert from "node:assert/strict";
import { eventsOf, oddEvents, told } from "../spec-support";
import { control } from "./control";

describe("signin-console-login-expected", () => {
  it("tells of a user without MFA", () => {
    assert.deepEqual(told(control, "matching-user-without-mfa", { networks: [] }), {
      findings: ["User pilot signed in without MFA."],
      facts: { User: "user pilot", MFA: "not used", Result: "signed in", "Sign-in region": "eu-west-1" },
    });
  });

  it("is silent about a user with MFA", () => {
    assert.deepEqual(
      told(control, "matching-user-with-mfa", { networks: [] }),
      "User pilot signed in as expected.",
    );
  });

  it("tells of root, MFA or not", () => {
    assert.deepEqual(told(control, "matching-root", { networks: [] }), {
      findings: ["Root signed in to the console."],
      facts: { User: "root", MFA: "used", Result: "signed in", "Sign-in region": "us-east-1" },
    });
  });

  it("tells of a wrong password", () => {
    assert.deepEqual(told(control, "matching-wrong-password", { networks: [] }), {
      findings: ["A sign-in of user pilot failed: Failed authentication."],
      facts: { User: "user pilot", MFA: "not used", Result: "failed", "Sign-in region": "eu-west-1" },
    });
  });

  it("tells of a user that nobody knows, without what was typed", () => {
    assert.deepEqual(told(control, "matching-unknown-user", { networks: [] }), {
      findings: ["A sign-in of an unknown user failed: No username found in supplied account."],
      facts: { User: "an unknown user", MFA: "not used", Result: "failed", "Sign-in region": "eu-west-1" },
    });
  });

  it("does not take an identity provider's MFA for missing", () => {
    assert.deepEqual(
      told(control, "matching-identity-center", { networks: [] }),
      "maria.lindqvist (role AWSReservedSSO_Operator_1f2e3d4c5b6a7980) signed in as expected.",
    );
  });

  it("tells of an address outside of the expected networks", () => {
    assert.deepEqual(
      told(control, "matching-user-with-mfa", { networks: ["198.51.100.0/24", "2001:db8::/32"] }),
      {
        findings: ["User pilot came from 203.0.113.57, which is in none of the expected networks."],
        facts: { User: "user pilot", MFA: "used", Result: "signed in", "Sign-in region": "eu-west-1" },
      },
    );
  });

  it("is silent about an address inside of them", () => {
    assert.deepEqual(
      told(control, "matching-user-with-mfa", { networks: ["203.0.113.0/24"] }),
      "User pilot signed in as expected.",
    );
  });

  it("says something of events without what it looks for, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-user-without-mfa")!)) {
      const description = control.describe?.(odd, { networks: [] });
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});

describe("signin-console-login-expected: whose sign-in it is", () => {
  const arnOf = (name: string) => control.resource(eventsOf(control.id).get(name)!)?.arn;

  it("names root, the user, or the role that an identity provider gave", () => {
    assert.equal(arnOf("matching-root"), "arn:aws:iam::210987654321:root");
    assert.equal(arnOf("matching-user-without-mfa"), "arn:aws:iam::210987654321:user/pilot");
    assert.equal(
      arnOf("matching-identity-center"),
      "arn:aws:iam::210987654321:role/AWSReservedSSO_Operator_1f2e3d4c5b6a7980",
    );
  });
});
