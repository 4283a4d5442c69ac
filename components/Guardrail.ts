import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config";
import { HUB_BUS_NAME } from "../contract/names";
import { coreGuardrail, memberGuardrail } from "./lib/guardrail-policies";
import { policyText } from "./lib/policy-documents";
import { logBucketName } from "./lib/trail-policies";

interface GuardrailArgs {
  settings: Settings;
  /** Of the management account, in which organization policies are. */
  provider: aws.Provider;
}

/**
 * Organization policies against administrators of members who would blind what governs them: one for the configured targets, and one for
 * the accounts that contain hub and log files. They bind root users, and not the management account.
 *
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
 */
export class Guardrail extends pulumi.ComponentResource {
  constructor(name: string, args: GuardrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super("bailiwick:components:Guardrail", name, {}, opts);
    const { settings, provider } = args;
    const { security, logArchive, guardrail } = settings;
    const logBucket = logBucketName({
      ...settings,
      settings: settings.trail,
      logArchiveAccountId: logArchive.id,
    });
    const attach = (
      suffix: string,
      description: string,
      statements: Parameters<typeof policyText>[0],
      targets: readonly string[],
    ) => {
      const policy = new aws.organizations.Policy(
        `${name}-${suffix}`,
        {
          name: `bailiwick-guardrail-${suffix}`,
          description,
          type: "SERVICE_CONTROL_POLICY",
          content: policyText(statements),
        },
        { parent: this, provider },
      );
      for (const targetId of targets)
        new aws.organizations.PolicyAttachment(
          `${name}-${suffix}-${targetId}`,
          { policyId: policy.id, targetId },
          { parent: this, provider },
        );
    };
    attach(
      "members",
      "Keeps everybody but deployments from what Bailiwick deploys in accounts",
      memberGuardrail(settings),
      guardrail.attachTo,
    );
    attach(
      "core",
      "Keeps everybody but deployments from Bailiwick's hub and log files",
      coreGuardrail({ ...settings, logBucket, hubBus: HUB_BUS_NAME }),
      [security.id, logArchive.id],
    );
    this.registerOutputs({});
  }
}
