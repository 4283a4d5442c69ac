import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { CatalogueEntry } from "../controls/lib/control";
import { controlName } from "../contract/names";
import { policyDocument, trustPolicy } from "./lib/policy-documents";

export interface RemediationRoleArgs {
  partition: string;
  /** The account in which the control's function reads and puts right. */
  accountId: string;
  control: CatalogueEntry;
  /** The role of the control's function: the only principal that may assume this one. */
  functionRoleArn: string;
  provider: aws.Provider;
}

/** What one control may do in one account, and its function alone may use. Each session is narrowed further, to one resource. */
export class RemediationRole extends pulumi.ComponentResource {
  readonly role: aws.iam.Role;

  constructor(name: string, args: RemediationRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:RemediationRole", name, args, opts);
    const { control, partition, accountId } = args;
    const options = { parent: this, provider: args.provider };
    const scope = { partition, account: accountId, region: "*", id: "*" };
    this.role = new aws.iam.Role(
      `${name}-role`,
      {
        name: controlName(control.id),
        description: `Bailiwick puts right: ${control.title}`,
        // IAM looks the function's role up when the trust is written: the caller makes this depend on it.
        assumeRolePolicy: pulumi
          .output(args.functionRoleArn)
          .apply((AWS) => trustPolicy({ Action: ["sts:AssumeRole", "sts:TagSession"], Principal: { AWS } })),
      },
      options,
    );
    new aws.iam.RolePolicy(
      `${name}-role-policy`,
      {
        name: "remediate",
        role: this.role.name,
        policy: policyDocument([...control.permissions(scope), ...(control.undoPermissions?.(scope) ?? [])]),
      },
      options,
    );
    this.registerOutputs({ roleArn: this.role.arn });
  }
}
