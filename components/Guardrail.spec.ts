import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { readSettings } from "../config";
import { asPulumi, faultsOf, valid } from "../tests/support/configuration";
import { registrations } from "../tests/support/registrations";
import { Guardrail } from "./Guardrail";
import { coreGuardrail, LONGEST_SCP, memberGuardrail } from "./lib/guardrail-policies";
import { policyText } from "./lib/policy-documents";

const make = (changes: object = {}) =>
  registrations(
    () =>
      new Guardrail("guardrail", {
        settings: readSettings(
          asPulumi({ ...valid, guardrail: { attachTo: ["r-a1b2", "444444444444"] }, ...changes }),
        ),
        provider: new aws.Provider("management", { region: "us-east-1" }),
      }),
  );

describe("Guardrail", () => {
  it("attaches one policy where the configuration says, and one to security and log archive account", async () => {
    const made = await make();

    assert.deepEqual(
      made
        .of("aws:organizations/policyAttachment:PolicyAttachment")
        .map(({ inputs }) => [inputs["policyId"], inputs["targetId"]]),
      [
        ["guardrail-members-id", "r-a1b2"],
        ["guardrail-members-id", "444444444444"],
        ["guardrail-core-id", "222222222222"],
        ["guardrail-core-id", "333333333333"],
      ],
    );
    for (const { inputs } of made.of("aws:organizations/policy:Policy"))
      assert.equal(inputs["type"], "SERVICE_CONTROL_POLICY");
  });

  it("fits into what Organizations takes, with three deployment roles of the longest names", () => {
    const deployerRoles = Array.from(
      { length: 3 },
      (_, number) => `arn:aws-us-gov:iam::${String(number).padStart(12, "0")}:role/${"r".repeat(64)}`,
    );
    const deployers = { partition: "aws-us-gov", accessRoleName: "a".repeat(64), deployerRoles };
    const core = { ...deployers, logBucket: "b".repeat(63), hubBus: "bailiwick" };

    for (const [name, statements] of Object.entries({
      members: memberGuardrail(deployers),
      core: coreGuardrail(core),
    })) {
      const { length } = policyText(statements);
      assert(length <= LONGEST_SCP, `${name}: ${length}`);
    }
  });

  it("excepts StackSets and the deployment's roles, and lets nobody change the excepted roles", () => {
    const deployers = {
      partition: "aws",
      accessRoleName: "OrganizationAccountAccessRole",
      deployerRoles: ["arn:aws:iam::222222222222:role/ci/deployment"],
    };
    const statementOf = (sid: string) => memberGuardrail(deployers).find(({ Sid }) => Sid === sid);
    const excepted = [
      "arn:aws:iam::*:role/stacksets-exec-*",
      "arn:aws:iam::*:role/OrganizationAccountAccessRole",
      "arn:aws:iam::222222222222:role/ci/deployment",
    ];

    assert.deepEqual(statementOf("Roles")?.Condition, { ArnNotLike: { "aws:PrincipalArn": excepted } });
    assert.deepEqual(statementOf("Exec")?.Resource, excepted);
    assert.equal(statementOf("Exec")?.Condition, undefined);
    // The control makes rules again, with the roles that they have.
    assert.deepEqual(statementOf("Ours")?.Condition, {
      ArnNotLike: {
        "aws:PrincipalArn": [
          ...excepted,
          "arn:aws:iam::*:role/bailiwick-events-forwarding-intact",
          "arn:aws:iam::*:role/bailiwick-*-fn",
        ],
      },
    });
  });
});

describe("the configuration of what protects the deployment", () => {
  const faults = (values: object) =>
    faultsOf({ ...valid, ...values }).map(({ path, expected }) => `${path}: ${expected}`);

  it("refuses targets that no service control policy binds, that are listed twice, or that are no ids", () => {
    assert.deepEqual(faults({ guardrail: { attachTo: ["111111111111", "r-a1b2", "r-a1b2"] } }), [
      "bailiwick:guardrail.attachTo[0]: another account, because service control policies don't bind the management account",
      "bailiwick:guardrail.attachTo[2]: an id that isn't in the list already",
    ]);
    assert.equal(faults({ guardrail: { attachTo: ["workloads"] } }).length, 1);
    assert.deepEqual(
      faults({ guardrail: { attachTo: ["r-a1b2", "ou-a1b2-0123456789", "444444444444"] } }),
      [],
    );
  });

  it("refuses a deployment that would lock itself out, and deployment roles that a member could create", () => {
    const guardrail = { attachTo: ["r-a1b2"] };
    const credentialsAccountId = "222222222222";
    const expected =
      "bailiwick:deployerRoles: the role in account 222222222222 (credentialsAccountId) with which the program runs, or it locks itself out";

    assert.deepEqual(faults({ guardrail, credentialsAccountId }), [expected]);
    assert.deepEqual(
      faults({
        guardrail,
        credentialsAccountId,
        deployerRoles: ["arn:aws:iam::222222222222:role/deployment"],
      }),
      [],
    );
    assert.deepEqual(faults({ credentialsAccountId }), []);
    assert.equal(faults({ credentialsAccountId: "333333333333" }).length, 1);
    assert.equal(faults({ deployerRoles: ["arn:aws:iam::*:role/deployment"] }).length, 1);
  });

  it("refuses to lock log files for longer than they are kept", () => {
    assert.deepEqual(faults({ trail: { retentionDays: 120, objectLock: { days: 121 } } }), [
      "bailiwick:trail.objectLock.days: at most trail.retentionDays, which is 120",
    ]);
    assert.deepEqual(faults({ trail: { retentionDays: 120 } }), []);
  });
});
