/**
 * What has no description to compare with: functions (their code is known only while it is deployed), ledger, log groups, queues and roles
 * of the hub. Nobody but deployments changes them, so who did is reported.
 */
import { inPlace } from "../lib/deployed-path";
import { textIn } from "../lib/event-fields";
import { violation, type Part } from "./part";

export const changes: Part = {
  evaluate({ resource, event, deployed }) {
    const compliant = (why: string) => Promise.resolve({ state: "compliant" as const, why, after: [] });
    if (event === undefined) return compliant("Only its event says who changed it.");
    const role = textIn(event, "userIdentity", "sessionContext", "sessionIssuer", "arn");
    if (role !== undefined && inPlace(deployed.deployers, resource).includes(role))
      return compliant("A deployment changed it.");
    const call = textIn(event, "eventName")?.replace(/20\d{6}(v\d)?$/, "") ?? "A call";
    return Promise.resolve(
      violation(
        [`${call} changed ${resource.id}, by others than a deployment. Run pulumi up, which restores it.`],
        [],
      ),
    );
  },
};
