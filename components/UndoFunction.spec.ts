import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../config";
import { controlDigits } from "../contract/ledger-keys";
import { controls } from "../controls";
import { asPulumi, valid } from "../tests/support/configuration";
import { registrations } from "../tests/support/registrations";
import { UndoFunction } from "./UndoFunction";

const BUCKETS = "s3-bucket-policy-not-public";
const hub = "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick";
const table = "arn:aws:dynamodb:eu-west-1:222222222222:table/bailiwick-ledger";

const make = (changes: object = {}) =>
  registrations(() => {
    const settings = readSettings(asPulumi({ ...valid, ...changes }));
    new UndoFunction("undo", {
      partition: "aws",
      organizationId: "o-a1b2c3d4e5",
      securityAccountId: "222222222222",
      region: "eu-west-1",
      hubBusArn: hub,
      ledgerTableArn: table,
      controls: settings.controls,
      remediation: settings.remediation,
      logRetentionDays: 30,
      provider: new aws.Provider("security", { region: "eu-west-1" }),
    });
  });

describe("UndoFunction", function () {
  this.timeout(60_000);

  it("has the name that the command invokes, and nothing that would invoke it by itself", async () => {
    const made = await make();

    assert.equal(made.one("aws:lambda/function:Function").inputs["name"], "bailiwick-undo");
    assert.deepEqual(made.of("aws:lambda/eventSourceMapping:EventSourceMapping"), []);
    assert.deepEqual(made.of("aws:lambda/permission:Permission"), []);
  });

  it("may log, assume the role of undos, read the ledger and write an undo's items there, and report", async () => {
    const defaultMode = { defaultMode: "off", controls: { [BUCKETS]: { mode: "enforce" } } };
    const { inputs } = (await make(defaultMode)).one("aws:iam/rolePolicy:RolePolicy");

    const { Statement } = JSON.parse(inputs["policy"] as string) as { Statement: Record<string, unknown>[] };
    const digits = controlDigits(BUCKETS);
    assert.deepEqual(
      Statement.map(({ Action, Resource, Condition }) => [Action, Resource, Condition]),
      [
        [
          ["logs:CreateLogStream", "logs:PutLogEvents"],
          "arn:aws:logs:eu-west-1:222222222222:log-group:/aws/lambda/bailiwick-undo:log-stream:*",
          undefined,
        ],
        [
          ["sts:AssumeRole", "sts:TagSession"],
          "arn:aws:iam::*:role/bailiwick-undo",
          { StringEquals: { "aws:ResourceOrgID": "o-a1b2c3d4e5" } },
        ],
        ["dynamodb:BatchGetItem", table, undefined],
        [
          ["dynamodb:PutItem"],
          table,
          {
            "ForAllValues:StringLike": {
              "dynamodb:LeadingKeys": [`${digits}*`, `r-${digits}*`, `x-${digits}*`],
            },
            Null: { "dynamodb:LeadingKeys": "false" },
          },
        ],
        ["events:PutEvents", hub, undefined],
      ],
    );
  });

  it("keeps within the 10,240 characters of a role's policies with every control of the catalogue", async () => {
    const { inputs } = (await make()).one("aws:iam/rolePolicy:RolePolicy");

    assert((inputs["policy"] as string).length <= 10_240);
  });

  it("has the settings of the controls that are on and whose fixes can be undone, and of no other", async () => {
    const { inputs } = (await make()).one("aws:lambda/function:Function");

    const files = (await (inputs["code"] as pulumi.asset.AssetArchive).assets) as Record<
      string,
      pulumi.asset.StringAsset
    >;
    const settings = JSON.parse((await files["settings.json"]?.text) ?? "") as {
      roleName: string;
      controls: Record<string, unknown>;
    };
    assert.equal(settings.roleName, "bailiwick-undo");
    assert.deepEqual(
      Object.keys(settings.controls),
      controls.filter(({ undoPermissions }) => undoPermissions).map(({ id }) => id),
    );
    assert.deepEqual(settings.controls[BUCKETS], {
      mode: "notify",
      accountModes: {},
      parameters: { trustedAccounts: [] },
    });
  });
});
