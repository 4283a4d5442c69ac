import assert from "node:assert/strict";
import { MEMBER, rootOf } from "../cloudtrail/testing/recorded-organization";
import {
  SCP,
  document,
  startGovernedOrganization,
  type GovernedOrganization,
} from "./testing/governed-organization";

const role = (name: string) => `arn:aws:iam::${MEMBER}:role/${name}`;

describe("A role that a call gives to a service", () => {
  let organization: GovernedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startGovernedOrganization();
    await organization.session("strong");
    const own = rootOf(MEMBER);
    await organization.done("iam", "CreateInstanceProfile", { InstanceProfileName: "servers" }, own);
    const added = { InstanceProfileName: "servers", RoleName: "strong" };
    await organization.done("iam", "AddRoleToInstanceProfile", added, own);
    await organization.done("events", "PutRule", { Name: "r", EventPattern: '{"source":["x"]}' }, own);
  });
  after(() => organization?.stop());

  const calls: [string, string, object, string][] = [
    [
      "lambda",
      "CreateFunction",
      {
        FunctionName: "f",
        Runtime: "nodejs20.x",
        Role: role("strong"),
        Handler: "a.b",
        Code: { ZipFile: "x" },
      },
      "lambda.amazonaws.com",
    ],
    [
      "events",
      "PutTargets",
      {
        Rule: "r",
        Targets: [
          { Id: "1", Arn: `arn:aws:events:eu-west-1:${MEMBER}:event-bus/b`, RoleArn: role("strong") },
        ],
      },
      "events.amazonaws.com",
    ],
    [
      "ec2",
      "RunInstances",
      { ImageId: "ami-1", MinCount: 1, MaxCount: 1, IamInstanceProfile: { Name: "servers" } },
      "ec2.amazonaws.com",
    ],
  ];

  it("must be allowed by iam:PassRole, for that service", async () => {
    const allow = (Condition: object) => [
      { Effect: "Allow", Action: ["lambda:*", "events:*", "ec2:*"], Resource: "*" },
      { Effect: "Allow", Action: "iam:PassRole", Resource: role("strong"), Condition },
    ];
    for (const [service, operation, parameters, principal] of calls) {
      const to = (name: string) => document(...allow({ StringEquals: { "iam:PassedToService": name } }));
      const other = await organization.user(`other-${service}`, { policy: to("other.amazonaws.com") });
      const refused = await organization.refused(service, operation, parameters, other);
      const words =
        `User: arn:aws:iam::${MEMBER}:user/other-${service} is not authorized to perform: iam:PassRole ` +
        `on resource: ${role("strong")} because no identity-based policy allows the iam:PassRole action`;
      assert.ok(refused?.message.includes(words), `${operation}: ${refused?.message}`);
      const right = await organization.user(`right-${service}`, { policy: to(principal) });
      const allowed = await organization.refused(service, operation, parameters, right);
      assert.doesNotMatch(allowed?.message ?? "", /not authorized/);
    }
  });

  it("is kept from administrators by an SCP", async () => {
    const keep = document({ Effect: "Deny", Action: "iam:PassRole", Resource: role("str*") });
    await organization.under(SCP, keep, async (id) => {
      for (const [service, operation, parameters] of calls) {
        const refused = await organization.refused(service, operation, parameters, rootOf(MEMBER));
        assert.ok(
          refused?.message.includes("perform: iam:PassRole") && refused.message.includes(id),
          operation,
        );
      }
      const read = { RoleName: "strong" };
      assert.equal(await organization.refused("iam", "GetRole", read, rootOf(MEMBER)), undefined);
    });
  });
});
