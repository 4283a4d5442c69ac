/** Calls about the same kind of resource that are not among the control's events, and why. */
import type { Siblings } from "../lib/siblings";

export const siblings: Siblings = {
  client: "ec2",
  noun: /Instances$/,
  not: [
    [/^(Stop|Reboot|Terminate|Monitor|Unmonitor)Instances$/, "It makes no instance and starts none."],
    [/^RequestSpotInstances$/, "EC2 launches them by RunInstances, in the name of its Spot service."],
    [/^(Purchase|Run)ScheduledInstances$/, "AWS offers no Scheduled Instances any more."],
    [/ReservedInstances$/, "Reservations are about prices."],
    [/^MoveCapacityReservationInstances$/, "It moves reserved capacity, not instances."],
  ],
};
