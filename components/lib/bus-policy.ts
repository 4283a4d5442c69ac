/** The resource policy of the hub bus, known at preview. */
import { arn, controlName, FORWARDING_ROLE_NAME, GUARD_ROLE_NAME, PATH_CONTROL } from "../../contract/names";
import { hubBusArn, type HubLocation } from "./hub";
import type { ResourcePolicyStatement } from "./policy-documents";

interface BusPolicyArgs extends HubLocation {
  organizationId: string;
  /** ARNs of who puts targets into rules, in all accounts. */
  deployers: string[];
}

/**
 * Who may put events on the bus: the forwarding roles, and for PutTargets those that make the rules, because AWS checks with the caller
 * whether the bus would take its events. Principals of the bus's own account need no statement.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
 */
export function busStatements(args: BusPolicyArgs): ResourcePolicyStatement[] {
  const allow = (Sid: string, principals: string[]): ResourcePolicyStatement => ({
    Sid,
    Effect: "Allow",
    // The organization's accounts come and go: the conditions limit everybody to them, and to these roles.
    Principal: "*",
    Action: "events:PutEvents",
    Resource: hubBusArn(args),
    Condition: {
      StringEquals: { "aws:PrincipalOrgID": args.organizationId },
      ArnLike: { "aws:PrincipalArn": principals },
    },
  });
  const role = (name: string) => arn(args.partition, "iam", "", "*", `role/${name}`);
  return [
    allow("OrganizationForwards", [role(FORWARDING_ROLE_NAME), role(GUARD_ROLE_NAME)]),
    allow("RulesAreMade", [...args.deployers, role(controlName(PATH_CONTROL))]),
  ];
}
