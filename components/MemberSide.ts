import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EventForwarding } from "./EventForwarding";
import type { MemberSideDescription } from "./member-side";
import { RemediationRole } from "./RemediationRole";

interface MemberSideArgs {
  /** Everything that is deployed in the account. */
  side: MemberSideDescription;
  /** The hub bus's policy, which PutTargets checks. */
  hubPolicy: pulumi.Resource;
  /** The roles of the controls' functions by control id, which IAM looks up when a trust policy names them. */
  functionRoles: ReadonlyMap<string, pulumi.Resource>;
  /** Of the account. */
  provider: aws.Provider;
}

/** The side of a governed account, deployed directly: event forwarding and the roles of the controls that work there. */
export class MemberSide extends pulumi.ComponentResource {
  constructor(name: string, args: MemberSideArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:MemberSide", name, {}, opts);
    const { side, hubPolicy, functionRoles, provider } = args;
    // Stacks deployed before this component existed have its children at the top.
    const options = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] };
    new EventForwarding(
      `${name}-forwarding`,
      { forwarding: side.forwarding, provider },
      { ...options, dependsOn: [hubPolicy] },
    );
    for (const role of side.remediationRoles) {
      const functionRole = functionRoles.get(role.controlId);
      if (functionRole === undefined)
        throw new Error(`The function of the control ${role.controlId} has no role that could be trusted.`);
      new RemediationRole(
        `${name}-${role.controlId}`,
        { role, provider },
        { ...options, dependsOn: [functionRole] },
      );
    }
    this.registerOutputs({});
  }
}
