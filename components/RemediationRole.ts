import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { RoleDescription } from "./lib/member-roles";

interface RemediationRoleArgs {
  /** What is deployed in the account. */
  role: RoleDescription;
  /** Of the account. */
  provider: aws.Provider;
}

/** The role with which a function works in one account: a control's, or that of undos. */
export class RemediationRole extends pulumi.ComponentResource {
  constructor(name: string, args: RemediationRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:RemediationRole", name, {}, opts);
    const { name: roleName, description, trustPolicy, policy } = args.role;
    const options = { parent: this, provider: args.provider };
    const role = new aws.iam.Role(
      `${name}-role`,
      { name: roleName, description, assumeRolePolicy: JSON.stringify(trustPolicy) },
      options,
    );
    new aws.iam.RolePolicy(
      `${name}-role-policy`,
      { name: policy.name, role: role.name, policy: JSON.stringify(policy.document) },
      options,
    );
    this.registerOutputs({ roleArn: role.arn });
  }
}
