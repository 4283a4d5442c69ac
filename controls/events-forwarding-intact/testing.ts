/** A deployment for the specs: two regions, one rule, two accounts. */
import type { DeployedPath } from "../lib/deployed-path";

const HUB = "arn:aws:events:eu-west-1:222222222222:event-bus/bailiwick";
const QUEUE = "arn:aws:sqs:<region>:<account>:bailiwick-forwarding-dlq";
const rule = (role: string, eventPattern: string) => ({
  description: "Forwards the events of the enabled controls to the hub",
  eventPattern,
  state: "ENABLED",
  targets: [
    {
      id: "hub",
      arn: HUB,
      roleArn: `arn:aws:iam::<account>:role/${role}`,
      deadLetterQueueArn: QUEUE,
      retry: { maximumEventAgeSeconds: 86_400, maximumRetryAttempts: 185 },
    },
  ],
});

export const DEPLOYED: DeployedPath = {
  forwarding: {
    regions: ["eu-west-1", "us-east-1"],
    rules: {
      "bailiwick-forwarding-1": rule("bailiwick-forwarding", '{"source":["aws.s3"]}'),
      "bailiwick-guard": rule("bailiwick-guard-forwarding", '{"source":["aws.events"]}'),
    },
    deadLetterQueue: {
      name: "bailiwick-forwarding-dlq",
      messageRetentionSeconds: 1_209_600,
      policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: QUEUE }] }),
    },
  },
  roles: {
    "bailiwick-forwarding": [
      {
        trustPolicy: JSON.stringify({ Statement: [{ Principal: { Service: "events.amazonaws.com" } }] }),
        policy: { name: "forward", document: JSON.stringify({ Statement: [{ Resource: HUB }] }) },
      },
    ],
  },
  hub: {
    account: "222222222222",
    region: "eu-west-1",
    rules: { "bailiwick-channel-audit": { state: "ENABLED" } },
    busPolicy: JSON.stringify({ Statement: [{ Sid: "OrganizationForwards" }] }),
  },
  deployers: ["arn:aws:iam::<account>:role/OrganizationAccountAccessRole"],
};
