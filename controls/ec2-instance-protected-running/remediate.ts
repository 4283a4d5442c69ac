/** Starts a stopped instance that is marked to keep running; reports a terminated one. */
import {
  DescribeInstancesCommand,
  EC2Client,
  StartInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { knownFacts } from "../lib/event-fields";
import type { Evaluation, Remediation, RemediationContext } from "../lib/remediation";
import type { Protection } from "./control";

export interface StateBefore {
  state: string;
}

const BETWEEN = ["pending", "stopping", "shutting-down"];

export const remediation: Remediation<Protection, StateBefore> = {
  async evaluate({
    resource,
    parameters,
    aws,
  }: RemediationContext<Protection>): Promise<Evaluation<StateBefore>> {
    const { tagKey, tagValue } = parameters;
    // By filter, because an id that no longer exists is an error otherwise.
    const asked = new DescribeInstancesCommand({ Filters: [{ Name: "instance-id", Values: [resource.id] }] });
    const found = (await new EC2Client(aws).send(asked)).Reservations?.flatMap(
      ({ Instances }) => Instances ?? [],
    );
    const instance = found?.find(({ InstanceId }) => InstanceId === resource.id);
    if (!instance) return { state: "absent" };
    const state = instance.State?.Name ?? "unknown";
    const tag = (key: string) => instance.Tags?.find(({ Key }) => Key === key)?.Value;
    if (tag(tagKey) !== tagValue)
      return { state: "compliant", why: `The instance does not carry the tag ${tagKey}=${tagValue}.` };
    if (state === "running")
      return { state: "compliant", why: "The instance is running.", after: { state: "running" } };
    // A start may still fail, with volumes whose key may not be used, for example: then the instance is stopped again.
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
    if (BETWEEN.includes(state))
      return { state: "changing", what: `The instance ${resource.id} is ${state}.` };
    return {
      state: "violation",
      findings: [`The instance ${resource.id} is marked to keep running but is ${state}.`],
      before: { state },
      remedies: state === "stopped" ? ["Start the instance."] : [],
      facts: knownFacts({
        Name: tag("Name"),
        Type: instance.InstanceType,
        "Launched at": instance.LaunchTime?.toISOString(),
        // EC2's own words, such as "User initiated (2026-03-17 08:41:27 GMT)".
        Reason: instance.StateTransitionReason || undefined,
        Restorable: state === "terminated" ? "only from snapshots of its volumes" : undefined,
      }),
    };
  },

  async fix({ resource, aws }: RemediationContext<Protection>): Promise<void> {
    await new EC2Client(aws).send(new StartInstancesCommand({ InstanceIds: [resource.id] }));
  },

  async undo({ resource, aws }: RemediationContext<Protection>): Promise<void> {
    await new EC2Client(aws).send(new StopInstancesCommand({ InstanceIds: [resource.id] }));
  },
};
