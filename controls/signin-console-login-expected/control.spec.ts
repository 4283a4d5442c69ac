import assert from "node:assert/strict";
import * as v from "valibot";
import { eventsOf, oddEvents, reported } from "../lib/testing";
import { control } from "./control";
import { parameters, type SignIns } from "./parameters";

const DEFAULTS = v.parse(parameters, {});
/** Without known networks. */
const FORGETFUL: SignIns = { ...DEFAULTS, newNetworkDays: 0 };

describe("signin-console-login-expected", () => {
  it("reports a user without MFA", () => {
    assert.deepEqual(reported(control, "matching-user-without-mfa", FORGETFUL), {
      findings: ["User pilot signed in without MFA."],
      facts: { User: "user pilot", MFA: "not used", Result: "signed in", "Sign-in region": "eu-west-1" },
    });
  });

  it("doesn't report a user with MFA", () => {
    assert.deepEqual(
      reported(control, "matching-user-with-mfa", FORGETFUL),
      "User pilot signed in as expected.",
    );
  });

  it("attributes a federated user to the IAM user who requested the session", () => {
    const event = structuredClone(eventsOf(control.id).get("matching-user-without-mfa")!);
    const account = "210987654321";
    event.account = account;
    event.detail["userIdentity"] = {
      type: "FederatedUser",
      principalId: `${account}:auditor`,
      arn: `arn:aws:sts::${account}:federated-user/auditor`,
      accountId: account,
      sessionContext: {
        sessionIssuer: {
          type: "IAMUser",
          principalId: "AIDAEXAMPLEEXAMPLE123",
          arn: `arn:aws:iam::${account}:user/pilot`,
          accountId: account,
          userName: "pilot",
        },
      },
    };

    assert.equal(control.resource(event)?.arn, `arn:aws:iam::${account}:user/pilot`);
    const description = control.describe?.(event, { ...FORGETFUL, networks: ["10.0.0.0/8"] });
    assert(description?.report === true);
    assert.equal(description.facts["User"], "federated user auditor");
  });

  it("reports root, with or without MFA", () => {
    assert.deepEqual(reported(control, "matching-root", FORGETFUL), {
      findings: ["Root signed in to the console."],
      facts: { User: "root", MFA: "used", Result: "signed in", "Sign-in region": "us-east-1" },
    });
  });

  it("reports a wrong password if it isn't the first", () => {
    assert.deepEqual(reported(control, "matching-wrong-password", DEFAULTS), {
      report: undefined,
      historyFindings: [
        {
          kind: "repeated",
          key: "user pilot",
          times: 3,
          minutes: 10,
          counted: "Failures",
          finding: "A sign-in of user pilot failed: Failed authentication.",
        },
      ],
      findings: [],
      facts: { User: "user pilot", MFA: "not used", Result: "failed", "Sign-in region": "eu-west-1" },
      why: "A sign-in of user pilot failed: Failed authentication. Failures are reported only if there are 3 within 10 minutes.",
    });
  });

  it("counts failures by the stack's parameters", () => {
    const { historyFindings } = reported(control, "matching-wrong-password", {
      ...DEFAULTS,
      failures: 5,
      minutes: 60,
    }) as {
      historyFindings: unknown;
    };
    assert.match(JSON.stringify(historyFindings), /"times":5,"minutes":60/);
  });

  it("counts unknown users by their address, without the name that was typed", () => {
    assert.deepEqual(reported(control, "matching-unknown-user", DEFAULTS), {
      report: undefined,
      historyFindings: [
        {
          kind: "repeated",
          key: "an unknown user from 203.0.113.57",
          times: 3,
          minutes: 10,
          counted: "Failures",
          finding: "A sign-in of an unknown user failed: No username found in supplied account.",
        },
      ],
      findings: [],
      facts: { User: "an unknown user", MFA: "not used", Result: "failed", "Sign-in region": "eu-west-1" },
      why: "A sign-in of an unknown user failed: No username found in supplied account. Failures are reported only if there are 3 within 10 minutes.",
    });
  });

  it("reports root's first failure", () => {
    const failure = structuredClone(eventsOf(control.id).get("matching-root")!);
    Object.assign(failure.detail, {
      errorMessage: "Failed authentication",
      responseElements: { ConsoleLogin: "Failure" },
    });
    assert.deepEqual(control.describe?.(failure, DEFAULTS), {
      report: true,
      findings: ["A sign-in of root failed: Failed authentication."],
      facts: { User: "root", MFA: "used", Result: "failed", "Sign-in region": "us-east-1" },
    });
  });

  it("doesn't report MFA as missing if an identity provider is responsible for it", () => {
    assert.deepEqual(
      reported(control, "matching-identity-center", FORGETFUL),
      "maria.lindqvist (role AWSReservedSSO_Operator_1f2e3d4c5b6a7980) signed in as expected.",
    );
  });

  it("reports an address outside the expected networks", () => {
    assert.deepEqual(
      reported(control, "matching-user-with-mfa", {
        ...DEFAULTS,
        networks: ["198.51.100.0/24", "2001:db8::/32"],
      }),
      {
        findings: ["User pilot came from 203.0.113.57, which is in none of the expected networks."],
        facts: { User: "user pilot", MFA: "used", Result: "signed in", "Sign-in region": "eu-west-1" },
      },
    );
  });

  it("doesn't report an address inside them", () => {
    assert.deepEqual(
      reported(control, "matching-user-with-mfa", { ...DEFAULTS, networks: ["203.0.113.0/24"] }),
      "User pilot signed in as expected.",
    );
  });

  it("reports a network that is new to the user", () => {
    const from = (sourceIPAddress: string) => {
      const event = structuredClone(eventsOf(control.id).get("matching-user-with-mfa")!);
      event.detail["sourceIPAddress"] = sourceIPAddress;
      return control.describe?.(event, DEFAULTS);
    };
    const recall = (address: string, network: string) => ({
      report: "history",
      historyFindings: [
        {
          kind: "new",
          key: "user pilot",
          value: network,
          days: 90,
          finding: `User pilot came from ${address}: the first sign-in from ${network} in 90 days, while others came from elsewhere.`,
        },
      ],
      findings: [],
      facts: { User: "user pilot", MFA: "used", Result: "signed in", "Sign-in region": "eu-west-1" },
      why: "User pilot signed in as expected.",
    });

    assert.deepEqual(from("203.0.113.57"), recall("203.0.113.57", "203.0.0.0/16"));
    assert.deepEqual(from("2001:db8:17::5"), recall("2001:db8:17::5", "2001:db8:0:0:0:0:0:0/32"));
    // A service's name is in no network.
    assert.deepEqual(from("signin.amazonaws.com"), {
      report: false,
      why: "User pilot signed in as expected.",
    });
  });

  it("reports events that lack the expected fields, and names no resource that could widen a policy", () => {
    for (const odd of oddEvents(eventsOf(control.id).get("matching-user-without-mfa")!)) {
      const description = control.describe?.(odd, DEFAULTS);
      assert(description !== undefined);
      assert.doesNotMatch(JSON.stringify(description), /undefined|object Object/);
      assert.doesNotMatch(JSON.stringify(control.resource(odd)?.arn ?? ""), /[*?${}]|undefined/);
    }
  });
});

describe("signin-console-login-expected: whose sign-in it is", () => {
  const arnOf = (name: string) => control.resource(eventsOf(control.id).get(name)!)?.arn;

  it("names root, the user, the console for unknown users, or the role of an identity provider's session", () => {
    assert.equal(arnOf("matching-root"), "arn:aws:iam::210987654321:root");
    assert.equal(arnOf("matching-unknown-user"), "arn:aws:signin:eu-west-1:210987654321:console");
    assert.equal(arnOf("matching-user-without-mfa"), "arn:aws:iam::210987654321:user/pilot");
    assert.equal(
      arnOf("matching-identity-center"),
      "arn:aws:iam::210987654321:role/AWSReservedSSO_Operator_1f2e3d4c5b6a7980",
    );
  });
});

describe("signin-console-login-expected: parameters", () => {
  it("expect any network, report the third failure in ten minutes, and remember networks for 90 days", () =>
    assert.deepEqual(DEFAULTS, { networks: [], failures: 3, minutes: 10, newNetworkDays: 90 }));

  it("accept whole numbers within bounds", () => {
    for (const good of [{ failures: 1 }, { minutes: 1440 }, { newNetworkDays: 0 }, { newNetworkDays: 400 }])
      assert.equal(v.safeParse(parameters, good).success, true, JSON.stringify(good));
    for (const bad of [
      { failures: 0 },
      { failures: 101 },
      { minutes: 0.5 },
      { newNetworkDays: -1 },
      { countries: ["SE"] },
    ])
      assert.equal(v.safeParse(parameters, bad).success, false, JSON.stringify(bad));
  });
});
