import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { readSettings } from "../config";
import { asPulumi, valid } from "../tests/support/configuration";
import { registrations } from "../tests/support/registrations";
import { memberSides } from "./member-side";
import { MemberSide } from "./MemberSide";

const ACCOUNT = "444444444444";
const URN = "urn:pulumi:test::bailiwick";
const settings = readSettings(
  asPulumi({
    ...valid,
    defaultMode: "enforce",
    exemptionTaggers: ["arn:aws:iam::222222222222:role/exemptions"],
  }),
);
const side = memberSides(settings).find(({ accountId }) => accountId === ACCOUNT) ?? assert.fail();

function deploy() {
  return registrations(() => {
    const provider = new aws.Provider("payments", { region: "eu-west-1" });
    new MemberSide(ACCOUNT, {
      side,
      hubPolicy: new aws.cloudwatch.EventBusPolicy("hub-policy", { policy: "{}" }),
      provider,
    });
  });
}

describe("MemberSide", () => {
  it("registers what is described, and nothing else", async () => {
    const made = (await deploy()).filter(({ urn }) => urn.includes("MemberSide$"));

    const forwardingName = `${ACCOUNT}-forwarding`;
    const roles = [
      { name: forwardingName, role: side.forwarding.role },
      { name: `${forwardingName}-guard`, role: side.forwarding.guardRole ?? assert.fail() },
      ...side.remediationRoles.map((role) => ({ name: `${ACCOUNT}-${role.controlId}`, role })),
      { name: `${ACCOUNT}-undo`, role: side.undoRole ?? assert.fail() },
    ];
    const expected = [
      ...roles.flatMap(({ name, role }) => [
        [
          `aws:iam/role:Role ${name}-role`,
          {
            name: role.name,
            description: role.description,
            assumeRolePolicy: JSON.stringify(role.trustPolicy),
          },
        ],
        [
          `aws:iam/rolePolicy:RolePolicy ${name}-role-policy`,
          { name: role.policy.name, role: role.name, policy: JSON.stringify(role.policy.document) },
        ],
      ]),
      ...side.managedPolicies.map(({ name, description, document }) => [
        `aws:iam/policy:Policy ${ACCOUNT}-${name}`,
        { name, description, policy: JSON.stringify(document) },
      ]),
      ...side.forwarding.regions.flatMap(({ region, deadLetterQueue, alarm, rules }) => {
        const name = `${forwardingName}-${region}`;
        const { name: queueName, messageRetentionSeconds, sqsManagedSseEnabled, policy } = deadLetterQueue;
        return [
          [
            `aws:sqs/queue:Queue ${name}-dlq`,
            { region, name: queueName, messageRetentionSeconds, sqsManagedSseEnabled },
          ],
          [
            `aws:sqs/queuePolicy:QueuePolicy ${name}-dlq-policy`,
            { region, queueUrl: `${name}-dlq-id`, policy: JSON.stringify(policy) },
          ],
          [
            `aws:cloudwatch/metricAlarm:MetricAlarm ${name}-alarm`,
            {
              region,
              name: alarm.name,
              alarmDescription: alarm.description,
              namespace: alarm.namespace,
              metricName: alarm.metricName,
              dimensions: alarm.dimensions,
              statistic: alarm.statistic,
              period: alarm.periodSeconds,
              evaluationPeriods: 1,
              threshold: alarm.threshold,
              comparisonOperator: "GreaterThanThreshold",
              treatMissingData: "notBreaching",
            },
          ],
          ...rules.flatMap(({ key, target, ...rule }) => [
            [`aws:cloudwatch/eventRule:EventRule ${name}-rule-${key}`, { region, ...rule }],
            [
              `aws:cloudwatch/eventTarget:EventTarget ${name}-target-${key}`,
              {
                region,
                rule: rule.name,
                targetId: target.id,
                arn: target.arn,
                roleArn: target.roleArn,
                deadLetterConfig: { arn: target.deadLetterQueueArn },
                retryPolicy: {
                  maximumEventAgeInSeconds: target.maximumEventAgeSeconds,
                  maximumRetryAttempts: target.maximumRetryAttempts,
                },
              },
            ],
          ]),
        ];
      }),
    ];
    const resources = made
      .filter(({ type }) => type.startsWith("aws:"))
      .map(({ type, name, inputs }) => [`${type} ${name}`, inputs]);
    assert(resources.length > 30);
    assert.deepEqual(Object.fromEntries(resources), Object.fromEntries(expected));
  });

  it("is found in stacks that have its children at the top, under each resource's former URN", async () => {
    const made = (await deploy()).filter(({ urn }) => urn.includes("MemberSide$"));

    // The role of undos and the policies are newer than the component.
    const older = made.filter(({ name }) => !/^\d+-(undo|bailiwick-mfa-required)(-|$)/.test(name));
    for (const { urn, formerUrns } of older)
      assert.deepEqual(formerUrns, [urn.replace("bailiwick:components:MemberSide$", "")]);
    const urns = made.flatMap(({ formerUrns }) => formerUrns);
    for (const urn of [
      `${URN}::bailiwick:components:EventForwarding::${ACCOUNT}-forwarding`,
      `${URN}::bailiwick:components:EventForwarding$aws:cloudwatch/eventRule:EventRule::${ACCOUNT}-forwarding-eu-west-1-rule-1`,
      `${URN}::bailiwick:components:RemediationRole::${ACCOUNT}-s3-bucket-policy-not-public`,
      `${URN}::bailiwick:components:RemediationRole$aws:iam/role:Role::${ACCOUNT}-s3-bucket-policy-not-public-role`,
    ])
      assert(urns.includes(urn), urn);
  });

  it("comes after what PutTargets checks, the hub bus's policy, and waits for no role of the hub", async () => {
    const made = await deploy();

    const { dependencies } = made.one("bailiwick:components:EventForwarding");
    assert.deepEqual(dependencies, [`${URN}::aws:cloudwatch/eventBusPolicy:EventBusPolicy::hub-policy`]);
    for (const { name, dependencies: urns } of made.of("bailiwick:components:RemediationRole"))
      assert.deepEqual(urns, [], name);
  });

  it("sends events only once role, dead-letter queue and their policies exist", async () => {
    const targets = (await deploy()).of("aws:cloudwatch/eventTarget:EventTarget");

    for (const { name, dependencies } of targets)
      assert.deepEqual(
        dependencies.map((urn) => urn.split("$").at(-1)?.split("::")[0]).sort(),
        [
          "aws:cloudwatch/eventRule:EventRule",
          "aws:iam/role:Role",
          "aws:iam/role:Role",
          "aws:iam/rolePolicy:RolePolicy",
          "aws:iam/rolePolicy:RolePolicy",
          "aws:sqs/queue:Queue",
          "aws:sqs/queuePolicy:QueuePolicy",
        ],
        name,
      );
  });
});
