/** EventBridge Scheduler. https://docs.aws.amazon.com/scheduler/latest/APIReference/ */
import * as scheduler from "@aws-sdk/client-scheduler";
import {
  defined,
  required,
  tagChanges,
  tagList,
  tagMap,
  tagsOf,
  touches,
  type Call,
  type ResourceType,
} from "../resource-type";

const clientOf = (call: Call) => call.client(scheduler.SchedulerClient);

const scheduleGroup: ResourceType = {
  inputs: ["name", "tags", "tagsAll"],
  replaceOn: ["name", "region"],
  name: { input: "name", maximum: 64 },
  async create(inputs, call) {
    const Name = required(inputs, "name");
    const { ScheduleGroupArn: arn = "" } = await clientOf(call).send(
      new scheduler.CreateScheduleGroupCommand({ Name, Tags: tagList(tagsOf(inputs)) }),
    );
    return { id: Name, outputs: { arn, state: "ACTIVE" } };
  },
  async update({ inputs: before, outputs }, inputs, changed, call) {
    const client = clientOf(call);
    const ResourceArn = required(outputs, "arn");
    if (touches(changed, "tagsAll")) {
      const { set, remove } = tagChanges(tagsOf(before), tagsOf(inputs));
      if (remove.length > 0)
        await client.send(new scheduler.UntagResourceCommand({ ResourceArn, TagKeys: remove }));
      const Tags = tagList(set);
      if (Tags.length > 0) await client.send(new scheduler.TagResourceCommand({ ResourceArn, Tags }));
    }
    return {};
  },
  async delete({ id }, call) {
    await clientOf(call).send(new scheduler.DeleteScheduleGroupCommand({ Name: id }));
  },
  async read({ id }, call) {
    const client = clientOf(call);
    const { Arn: arn, State: state } = await client.send(new scheduler.GetScheduleGroupCommand({ Name: id }));
    const { Tags } = await client.send(new scheduler.ListTagsForResourceCommand({ ResourceArn: arn }));
    return { inputs: { name: id, tagsAll: tagMap(Tags) }, outputs: defined({ arn, state }) };
  },
};

export const types: Record<string, ResourceType> = {
  "aws:scheduler/scheduleGroup:ScheduleGroup": scheduleGroup,
};
