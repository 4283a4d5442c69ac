/** DynamoDB tables are created only by the named pipelines. */
import * as v from "valibot";
import { apiCalls } from "../lib/event-fields";
import { newTableOf, TABLE_CREATIONS } from "../lib/new-table";
import { TABLE } from "../lib/resources";
import type { Control } from "../lib/control";
import { parametersOf, wholeNumber } from "../lib/parameters";
import { trustedPrincipal } from "../lib/principals";

export interface Pipelines {
  /** ARNs of the roles and users that may create tables. Default none: every principal may. */
  principals: string[];
  /** Minutes after its creation within which an empty table is deleted, 1–1440. Default 60. */
  deletableMinutes: number;
}

export const parameters = parametersOf({
  principals: v.optional(
    v.pipe(
      v.array(trustedPrincipal, "a list of ARNs"),
      v.metadata({ example: '["arn:aws:iam::444444444444:role/deployment"]' }),
    ),
    [],
  ),
  deletableMinutes: v.optional(wholeNumber(1, 1440), 60),
});

export const control: Control<Pipelines> = {
  id: "dynamodb-table-created-by-pipeline",
  title: "DynamoDB tables are created only by the named pipelines",
  description:
    "A table made by hand is in no program, has no backup plan and no owner, and soon holds data. A table created by any other " +
    "principal than the ones the stack names is deleted while it is new and empty; one with data, or with deletion protection, is " +
    "reported. Without named principals nothing is judged.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 CM-5", "NIST 800-53 r5 CM-3"],
  resourceType: TABLE.type,
  pattern: apiCalls("dynamodb", TABLE_CREATIONS),
  resource: newTableOf,
  readPermissions: (scope) => [
    { Sid: "ReadTable", Effect: "Allow", Action: "dynamodb:DescribeTable", Resource: TABLE.arn(scope) },
    {
      // Whether there are items, and nothing that is in them.
      Sid: "CountItems",
      Effect: "Allow",
      Action: "dynamodb:Scan",
      Resource: TABLE.arn(scope),
      Condition: { StringEquals: { "dynamodb:Select": "COUNT" } },
    },
  ],
  fixPermissions: (scope) => [
    { Sid: "DeleteTable", Effect: "Allow", Action: "dynamodb:DeleteTable", Resource: TABLE.arn(scope) },
  ],
  parameters,
  remediationSteps:
    "Add the table to the program that manages the account and let the program's pipeline create it. If the table already holds data, " +
    "import it into the program instead of creating it again.",
  unpreventable: "A policy doesn't know which principal runs the program, and only the principal counts.",
};
