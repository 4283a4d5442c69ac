import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { controls } from "../controls";
import { registrations } from "../tests/support/registrations";
import { remediationRole } from "./lib/member-roles";
import { RemediationRole } from "./RemediationRole";

const hub = { partition: "aws", securityAccountId: "222222222222" };
const account = { accountId: "444444444444", isManagementAccount: false };
const scope = { partition: "aws", account: "444444444444", region: "*", id: "*", isManagementAccount: false };

for (const control of controls.filter((each) => each.describe === undefined)) {
  describe(`RemediationRole of ${control.id}`, () => {
    const make = (mode: "enforce" | "notify") =>
      registrations(
        () =>
          new RemediationRole("payments", {
            role: remediationRole(hub, account, { control, mode }),
            provider: new aws.Provider("payments", { region: "eu-west-1" }),
          }),
      );
    async function statements(mode: "enforce" | "notify") {
      const { inputs } = (await make(mode)).one("aws:iam/rolePolicy:RolePolicy");
      return (
        JSON.parse(inputs["policy"] as string) as {
          Statement: { Effect: string; Action: string | string[] }[];
        }
      ).Statement;
    }

    it("trusts only the role of the control's function, also when that was created anew", async () => {
      const { inputs } = (await make("enforce")).one("aws:iam/role:Role");

      const { Statement } = JSON.parse(inputs["assumeRolePolicy"] as string) as { Statement: unknown[] };
      assert.deepEqual(Statement, [
        {
          Effect: "Allow",
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Principal: { AWS: "arn:aws:iam::222222222222:root" },
          Condition: {
            ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::222222222222:role/bailiwick-${control.id}-fn` },
          },
        },
      ]);
    });

    it("reads where it only notifies, fixes where it remediates, and has no action with a wildcard", async () => {
      const read = control.readPermissions?.(scope) ?? [];

      assert.deepEqual(await statements("notify"), read);
      assert.deepEqual(await statements("enforce"), [...read, ...(control.fixPermissions?.(scope) ?? [])]);
      for (const action of (await statements("enforce")).flatMap(({ Action }) => Action))
        assert(!action.includes("*"), action);
    });
  });
}
