import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { EventForwarding } from "./EventForwarding";
import type { MemberSideDescription } from "./member-side";
import { RemediationRole } from "./RemediationRole";

interface MemberSideArgs {
  /** Everything that is deployed in the account. */
  side: MemberSideDescription;
  /** The hub bus's policy, which PutTargets checks. */
  hubPolicy: pulumi.Resource;
  /** Of the account. */
  provider: aws.Provider;
}

/** The side of a governed account, deployed directly: event forwarding, the roles of controls and undos, and policies that controls attach. */
export class MemberSide extends pulumi.ComponentResource {
  constructor(name: string, args: MemberSideArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:MemberSide", name, {}, opts);
    const { side, hubPolicy, provider } = args;
    // Stacks deployed before this component existed have its children at the top.
    const options = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] };
    new EventForwarding(
      `${name}-forwarding`,
      { forwarding: side.forwarding, provider },
      { ...options, dependsOn: [hubPolicy] },
    );
    for (const role of side.remediationRoles)
      new RemediationRole(`${name}-${role.controlId}`, { role, provider }, options);
    if (side.undoRole)
      new RemediationRole(`${name}-undo`, { role: side.undoRole, provider }, { parent: this });
    for (const { name: policyName, description, document } of side.managedPolicies)
      new aws.iam.Policy(
        `${name}-${policyName}`,
        { name: policyName, description, policy: JSON.stringify(document) },
        { parent: this, provider },
      );
    this.registerOutputs({});
  }
}
