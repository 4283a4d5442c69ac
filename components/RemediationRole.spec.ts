import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { controls } from "../controls";
import { registrations } from "../tests/support/registrations";
import { remediationRole } from "./member-side";
import { RemediationRole } from "./RemediationRole";

const functionRoleArn = "arn:aws:iam::222222222222:role/bailiwick-x-fn";

for (const control of controls) {
  describe(`RemediationRole of ${control.id}`, () => {
    const make = () =>
      registrations(
        () =>
          new RemediationRole("payments", {
            role: remediationRole({
              partition: "aws",
              accountId: "444444444444",
              control,
              mode: "enforce",
              functionRoleArn,
            }),
            provider: new aws.Provider("payments", { region: "eu-west-1" }),
          }),
      );

    it("trusts only the role of the control's function", async () => {
      const { inputs } = (await make()).one("aws:iam/role:Role");

      const { Statement } = JSON.parse(inputs["assumeRolePolicy"] as string) as { Statement: unknown[] };
      assert.deepEqual(Statement, [
        {
          Effect: "Allow",
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Principal: { AWS: functionRoleArn },
        },
      ]);
    });

    it("has the control's permissions, and no action with a wildcard", async () => {
      const { inputs } = (await make()).one("aws:iam/rolePolicy:RolePolicy");

      const { Statement } = JSON.parse(inputs["policy"] as string) as {
        Statement: { Effect: string; Action: string | string[] }[];
      };
      const scope = { partition: "aws", account: "444444444444", region: "*", id: "*" };
      assert.deepEqual(Statement, [
        ...control.permissions(scope),
        ...(control.undoPermissions?.(scope) ?? []),
      ]);
      for (const action of Statement.flatMap((statement) => statement.Action))
        assert(!action.includes("*"), action);
    });
  });
}
