/** DynamoDB tables are created by the named pipelines, and by nobody else. */
import * as v from "valibot";
import { apiCalls, detailValue, resourceFrom } from "../lib/event-fields";
import type { Control } from "../lib/control";
import { TABLE } from "../dynamodb-table-cost-reported/control";
import { parametersOf, wholeNumber } from "../lib/parameters";

export interface Pipelines {
  /** ARNs of the roles and users that may create tables; `*` stands for any characters. Default none: every principal may. */
  principals: string[];
  /** An empty table is deleted only within so many minutes of its creation, 1–1440. Default 60. */
  deletableMinutes: number;
}

export const parameters = parametersOf({
  principals: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string("an ARN of a role or user"),
          v.regex(/^arn:aws[a-z-]*:(iam|sts)::(\d{12}|\*):\S+$/, "an ARN of a role or user"),
        ),
        "a list of ARNs",
      ),
      v.metadata({ example: '["arn:aws:iam::*:role/deploy-*"]' }),
    ),
    [],
  ),
  deletableMinutes: v.optional(wholeNumber(1, 1440), 60),
});

export const control: Control<Pipelines> = {
  id: "dynamodb-table-created-by-pipeline",
  title: "DynamoDB tables are created by the named pipelines only",
  description:
    "A table made by hand is in no program, has no backup plan and no owner, and data moves in quickly. A table that was created by " +
    "another principal than the ones the stack names is deleted while it is new and empty; one with data, or with deletion protection, " +
    "is told. Without named principals nothing is judged.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 CM-5", "NIST 800-53 r5 CM-3"],
  resourceType: TABLE.type,
  pattern: apiCalls("dynamodb", ["CreateTable"]),
  resource: (event) => resourceFrom(event, TABLE, detailValue(event, "requestParameters", "tableName")),
  permissions: (scope) => [
    {
      Sid: "NewTable",
      Effect: "Allow",
      Action: ["dynamodb:DescribeTable", "dynamodb:Scan", "dynamodb:DeleteTable"],
      Resource: TABLE.arn(scope),
    },
  ],
  parameters,
  remediationSteps:
    "Write the table into the program that manages the account and let its pipeline create it. If the table holds data already, import it " +
    "into the program instead of making it anew.",
};
