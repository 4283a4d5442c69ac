import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroupName } from "../../contract/names";
import { SETTINGS_FILE } from "../../contract/settings";
import type { PolicyStatement } from "../../controls/lib/permissions";
import { bundleFile, type Bundle } from "./bundle";
import { policyText, trustPolicyText } from "./policy-documents";

/** Where functions run. */
export interface FunctionNetwork {
  subnetIds: pulumi.Input<string[]>;
  securityGroupIds: pulumi.Input<string>[];
}

interface LambdaFunctionArgs {
  region: string;
  functionName: string;
  description: string;
  role: { name: string; description: string; permissions: PolicyStatement[] };
  code: Bundle;
  /** Deployed as a file beside the code. Nothing in it is secret. */
  settings: object | pulumi.Output<object>;
  timeoutSeconds: number;
  memoryMegabytes: number;
  /** How long the log group keeps logs, in days. */
  logRetentionDays: number;
  /** Default: Lambda's own network, which reaches AWS and the internet. */
  network?: FunctionNetwork;
  /** Leaves the log group standing when the function is deleted. @default true */
  retainEvidence?: boolean;
}

/** A function with a role and a log group of its own. */
export function lambdaFunction(
  name: string,
  args: LambdaFunctionArgs,
  options: pulumi.CustomResourceOptions,
): { role: aws.iam.Role; lambda: aws.lambda.Function } {
  const { region, functionName, network } = args;
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      name: args.role.name,
      description: args.role.description,
      assumeRolePolicy: trustPolicyText({ Principal: { Service: "lambda.amazonaws.com" } }),
    },
    options,
  );
  const rolePolicy = new aws.iam.RolePolicy(
    `${name}-role-policy`,
    { name: "run", role: role.name, policy: policyText(args.role.permissions) },
    options,
  );
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    { region, name: logGroupName(functionName), retentionInDays: args.logRetentionDays },
    // What the function of a control did must be readable after the control was switched off.
    { ...options, retainOnDelete: args.retainEvidence ?? true },
  );
  const lambda = new aws.lambda.Function(
    `${name}-function`,
    {
      region,
      name: functionName,
      description: args.description,
      role: role.arn,
      runtime: aws.lambda.Runtime.NodeJS22dX,
      architectures: ["arm64"],
      handler: "index.handler",
      code: archive(args),
      timeout: args.timeoutSeconds,
      memorySize: args.memoryMegabytes,
      ...(network && networkProperties(network)),
    },
    { ...options, dependsOn: [rolePolicy, logGroup] },
  );
  return { role, lambda };
}

/** Known at preview if the settings are, so that packs can read them there. */
function archive({ code, settings }: LambdaFunctionArgs): pulumi.Input<pulumi.asset.Archive> {
  const withSettings = (known: object) =>
    new pulumi.asset.AssetArchive({
      "index.mjs": new pulumi.asset.FileAsset(bundleFile(code)),
      [SETTINGS_FILE]: new pulumi.asset.StringAsset(JSON.stringify(known)),
    });
  return pulumi.Output.isInstance<object>(settings) ? settings.apply(withSettings) : withSettings(settings);
}

const networkProperties = ({ subnetIds, securityGroupIds }: FunctionNetwork) => ({
  vpcConfig: { subnetIds, securityGroupIds },
  // Endpoints answer to the services' names, not to those that DynamoDB has for each account:
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
  environment: { variables: { AWS_ACCOUNT_ID_ENDPOINT_MODE: "disabled" } },
});
