/** Instances that are marked to keep running are running. */
import * as v from "valibot";
import type { Control } from "../lib/control";
import { allowReading } from "../lib/permissions";
import { resourceFrom, INSTANCE } from "../lib/resources";
import { textIn } from "../lib/event-fields";
import { parametersOf } from "../lib/parameters";

export interface Protection {
  /** The tag that marks an instance. Default `keep-running`. */
  tagKey: string;
  /** The value it must have. Default `true`. */
  tagValue: string;
}

const KEY = "a text of 1 to 128 characters";
const VALUE = "a text of at most 256 characters, in quotes";

export const parameters = parametersOf({
  tagKey: v.optional(v.pipe(v.string(KEY), v.minLength(1, KEY), v.maxLength(128, KEY)), "keep-running"),
  tagValue: v.optional(v.pipe(v.string(VALUE), v.maxLength(256, VALUE)), "true"),
});

export const control: Control<Protection> = {
  id: "ec2-instance-protected-running",
  title: "EC2 instances marked to keep running are running",
  description:
    "Some instances must always run: a licence server, a gateway, a node of a quorum. One with the tag keep-running=true that was " +
    "stopped, by anybody or from within, is started again; a terminated one is reported. EC2 emits these events itself: no trail is " +
    "needed.",
  severity: "medium",
  frameworks: ["NIST 800-53 r5 CP-10", "NIST 800-53 r5 SI-13"],
  resourceType: INSTANCE.type,
  pattern: {
    source: ["aws.ec2"],
    "detail-type": ["EC2 Instance State-change Notification"],
    detail: { state: ["stopped", "terminated"] },
  },
  resource: (event) => resourceFrom(event, INSTANCE, textIn(event, "instance-id")),
  readPermissions: (scope) => [allowReading("ReadInstance", "ec2:DescribeInstances", scope)],
  fixPermissions: (scope) => [
    { Sid: "StartInstance", Effect: "Allow", Action: "ec2:StartInstances", Resource: INSTANCE.arn(scope) },
  ],
  undoPermissions: (scope) => [
    { Sid: "StopInstance", Effect: "Allow", Action: "ec2:StopInstances", Resource: INSTANCE.arn(scope) },
  ],
  parameters,
  remediationSteps:
    "Start the instance again, or remove the tag if the instance may stay stopped. If it was terminated, find the call in CloudTrail " +
    "and restore its volumes from their snapshots; termination and stop protection prevent this from happening again.",
};
