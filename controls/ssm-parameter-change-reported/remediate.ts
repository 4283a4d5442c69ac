/** Reads what Parameter Store's event leaves out: version, tier and who changed the parameter last. */
import { DescribeParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { knownFacts, textIn } from "../lib/event-fields";
import { reportOnlyRemediation } from "../lib/report-only-remediation";

const DONE: Readonly<Record<string, string>> = { Create: "created", Update: "changed", Delete: "deleted" };

export const remediation = reportOnlyRemediation<Record<string, never>>(async ({ resource, event, aws }) => {
  const operation = event && textIn(event, "operation");
  const done = operation === undefined ? undefined : DONE[operation];
  if (event === undefined || done === undefined)
    return { state: "compliant", why: "No event reports a change of the parameter." };
  const request = { ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [resource.id] }] };
  const { Parameters: parameters } = await new SSMClient(aws).send(new DescribeParametersCommand(request));
  const now = parameters?.find(({ Name: name }) => name === resource.id);
  const findings = [`The parameter ${resource.id} was ${done}.`];
  if (operation !== "Delete" && !now) findings.push("It no longer exists.");
  if (operation === "Delete" && now) findings.push("It has been created again since.");
  return {
    state: "violation",
    findings,
    before: null,
    remedies: [],
    facts: knownFacts({
      Type: textIn(event, "type") ?? now?.Type,
      Tier: now?.Tier,
      Version: now?.Version === undefined ? undefined : String(now.Version),
      "Changed by": now?.LastModifiedUser,
      Description: textIn(event, "description"),
    }),
  };
});
