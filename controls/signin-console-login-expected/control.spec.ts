import assert from "node:assert/strict";
import * as v from "valibot";
import { eventsOf, oddEvents, told } from "../lib/testing";
import { control, parameters, type SignIns } from "./control";

const DEFAULTS = v.parse(parameters, {});
/** Without a memory of networks. */
const FORGETFUL: SignIns = { ...DEFAULTS, newNetworkDays: 0 };

describe("signin-console-login-expected", () => {
  it("tells of a user without MFA", () => {
    assert.deepEqual(told(control, "matching-user-without-mfa", FORGETFUL), {
      findings: ["User pilot signed in without MFA."],
      facts: { User: "user pilot", MFA: "not used", Result: "signed in", "Sign-in region": "eu-west-1" },
    });
  });

  it("is silent about a user with MFA", () => {
    assert.deepEqual(told(control, "matching-user-with-mfa", FORGETFUL), "User pilot signed in as expected.");
  });

  it("takes a federated user for what the IAM user lets in who asked for the session", () => {
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

  it("tells of root, MFA or not", () => {
    assert.deepEqual(told(control, "matching-root", FORGETFUL), {
      findings: ["Root signed in to the console."],
      facts: { User: "root", MFA: "used", Result: "signed in", "Sign-in region": "us-east-1" },
    });
  });

  it("tells of a wrong password when it isn't the first", () => {
    assert.deepEqual(told(control, "matching-wrong-password", DEFAULTS), {
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
      why: "A sign-in of user pilot failed: Failed authentication. Only 3 within 10 minutes are told.",
    });
  });

  it("counts what it tells of by the stack's measure", () => {
    const { historyFindings } = told(control, "matching-wrong-password", {
      ...DEFAULTS,
      failures: 5,
      minutes: 60,
    }) as {
      historyFindings: unknown;
    };
    assert.match(JSON.stringify(historyFindings), /"times":5,"minutes":60/);
  });

  it("counts users that nobody knows by their address, without what was typed", () => {
    assert.deepEqual(told(control, "matching-unknown-user", DEFAULTS), {
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
      why: "A sign-in of an unknown user failed: No username found in supplied account. Only 3 within 10 minutes are told.",
    });
  });

  it("tells of root's first failure", () => {
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

  it("does not take an identity provider's MFA for missing", () => {
    assert.deepEqual(
      told(control, "matching-identity-center", FORGETFUL),
      "maria.lindqvist (role AWSReservedSSO_Operator_1f2e3d4c5b6a7980) signed in as expected.",
    );
  });

  it("tells of an address outside of the expected networks", () => {
    assert.deepEqual(
      told(control, "matching-user-with-mfa", {
        ...DEFAULTS,
        networks: ["198.51.100.0/24", "2001:db8::/32"],
      }),
      {
        findings: ["User pilot came from 203.0.113.57, which is in none of the expected networks."],
        facts: { User: "user pilot", MFA: "used", Result: "signed in", "Sign-in region": "eu-west-1" },
      },
    );
  });

  it("is silent about an address inside of them", () => {
    assert.deepEqual(
      told(control, "matching-user-with-mfa", { ...DEFAULTS, networks: ["203.0.113.0/24"] }),
      "User pilot signed in as expected.",
    );
  });

  it("tells of a network that is new to somebody who signed in", () => {
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
          finding: `User pilot came from ${address}: the first sign-in from ${network} in 90 days, in which there were some from elsewhere.`,
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

  it("says something of events without what it looks for, and names no resource that could widen a policy", () => {
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

  it("names root, the user, the console for users that nobody knows, or the role that an identity provider gave", () => {
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
  it("expect any network, tell of the third failure in ten minutes, and remember networks for a quarter", () =>
    assert.deepEqual(DEFAULTS, { networks: [], failures: 3, minutes: 10, newNetworkDays: 90 }));

  it("take whole numbers within bounds", () => {
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
