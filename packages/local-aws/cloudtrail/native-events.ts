/**
 * Events that services send to EventBridge themselves, without any trail, and the emulator doesn't send. They are made from the
 * calls that cause them. The emulator sends those of S3 and Secrets Manager.
 */
import { randomUUID } from "node:crypto";
import type { EventBridgeEvent, Json, JsonObject } from "@bailiwick/aws-events/record";
import type { ApiCall } from "../gateway";
import { lowerFirst } from "./format";
import { awsRegionOf } from "./names";
import { wholeSeconds } from "./record";

type Native = Pick<EventBridgeEvent, "source" | "detail-type" | "resources" | "detail">;

export function nativeEventsOf(call: ApiCall): EventBridgeEvent[] {
  if (call.errorCode !== undefined || call.readOnly || call.operation === undefined) return [];
  const make = MAKERS[call.service];
  if (!make) return [];
  const region = awsRegionOf(call);
  return make(call, `${region}:${call.account}`).map((native) => ({
    version: "0",
    id: randomUUID(),
    account: call.account,
    time: wholeSeconds(call.endedAt),
    region,
    ...native,
  }));
}

/** @param where `<region>:<account>`, as in ARNs. */
type Maker = (call: ApiCall, where: string) => Native[];

const MAKERS: Record<string, Maker | undefined> = {
  ec2: ec2Events,
  ecs: ecsEvents,
  rds: rdsEvents,
  ssm: ssmEvents,
};

/** The header of an answer in which the emulator names the instances that will fall back to stopped, separated by spaces. */
const FALL_BACK_HEADER = "x-local-aws-fall-back";

/** The states of an instance after a call. Without weather it is in the last one at once. */
const STATES: Record<string, string[]> = {
  RunInstances: ["pending", "running"],
  StartInstances: ["pending", "running"],
  StopInstances: ["stopping", "stopped"],
  TerminateInstances: ["shutting-down", "terminated"],
};
const INSTANCE_LISTS = ["Instances", "StartingInstances", "StoppingInstances", "TerminatingInstances"];

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html, …/ebs/latest/userguide/ebs-cloud-watch-events.html */
function ec2Events(call: ApiCall, where: string): Native[] {
  const { operation = "", output = {}, parameters = {} } = call;
  const states = STATES[operation];
  if (states) {
    const ids = INSTANCE_LISTS.flatMap((name) => objects(output[name])).map(({ InstanceId }) =>
      textOf(InstanceId),
    );
    const back = new Set((call.http.responseHeaders[FALL_BACK_HEADER] ?? "").split(" "));
    return ids.flatMap((id) =>
      states
        .map((state) => (back.has(id) && state === "running" ? "stopped" : state))
        .map((state) => ({
          source: "aws.ec2",
          "detail-type": "EC2 Instance State-change Notification",
          resources: [`arn:aws:ec2:${where}:instance/${id}`],
          detail: { "instance-id": id, state },
        })),
    );
  }
  const region = where.split(":")[0] ?? "";
  const snapshot = textOf(output["SnapshotId"] ?? parameters["SnapshotId"]);
  const ebs = (kind: "Snapshot" | "Volume", arn: string, detail: JsonObject): Native => ({
    source: "aws.ec2",
    "detail-type": `EBS ${kind} Notification`,
    resources: [arn],
    detail: { version: "", "request-id": "", cause: "", ...detail },
  });
  if (operation === "CreateSnapshot" && snapshot !== "") {
    const snapshotId = `arn:aws:ec2::${region}:snapshot/${snapshot}`;
    const volume = `arn:aws:ec2::${region}:volume/${textOf(parameters["VolumeId"])}`;
    const now = wholeSeconds(call.endedAt);
    const detail = {
      event: "createSnapshot",
      result: "succeeded",
      snapshot_id: snapshotId,
      source: volume,
      startTime: now,
      endTime: now,
    };
    return [ebs("Snapshot", snapshotId, detail)];
  }
  if (operation === "CreateVolume" && textOf(output["VolumeId"]) !== "")
    return [
      ebs("Volume", `arn:aws:ec2:${where}:volume/${textOf(output["VolumeId"])}`, {
        event: "createVolume",
        result: "available",
      }),
    ];
  if (operation === "DeleteVolume")
    return [
      ebs("Volume", `arn:aws:ec2:${where}:volume/${textOf(parameters["VolumeId"])}`, {
        event: "deleteVolume",
        result: "deleted",
      }),
    ];
  return [];
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html */
function ssmEvents(call: ApiCall, where: string): Native[] {
  const { operation, parameters = {}, output = {} } = call;
  const change = (name: string, detail: JsonObject): Native => ({
    source: "aws.ssm",
    "detail-type": "Parameter Store Change",
    resources: [`arn:aws:ssm:${where}:parameter/${name.replace(/^\//, "")}`],
    detail: { name, ...detail },
  });
  if (operation === "PutParameter") {
    const { Name, Type, Description } = parameters;
    const detail: JsonObject = { operation: output["Version"] === 1 ? "Create" : "Update" };
    if (Type !== undefined) detail["type"] = Type;
    if (Description !== undefined) detail["description"] = Description;
    return [change(textOf(Name), detail)];
  }
  if (operation === "DeleteParameter") return [change(textOf(parameters["Name"]), { operation: "Delete" })];
  const { DeletedParameters: deleted } = output;
  if (operation !== "DeleteParameters" || !Array.isArray(deleted)) return [];
  return deleted.map((name) => change(textOf(name), { operation: "Delete" }));
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html */
const RDS: Record<
  string,
  { id: string; category: string; message: string; of: "instance" | "snapshot" } | undefined
> = {
  CreateDBInstance: {
    id: "RDS-EVENT-0005",
    category: "creation",
    message: "DB instance created",
    of: "instance",
  },
  DeleteDBInstance: {
    id: "RDS-EVENT-0003",
    category: "deletion",
    message: "DB instance deleted",
    of: "instance",
  },
  RebootDBInstance: {
    id: "RDS-EVENT-0006",
    category: "availability",
    message: "DB instance restarted",
    of: "instance",
  },
  StopDBInstance: {
    id: "RDS-EVENT-0087",
    category: "notification",
    message: "DB instance stopped",
    of: "instance",
  },
  StartDBInstance: {
    id: "RDS-EVENT-0088",
    category: "notification",
    message: "DB instance started",
    of: "instance",
  },
  CreateDBSnapshot: {
    id: "RDS-EVENT-0042",
    category: "creation",
    message: "Manual snapshot created",
    of: "snapshot",
  },
  DeleteDBSnapshot: {
    id: "RDS-EVENT-0041",
    category: "notification",
    message: "Deleted user snapshot",
    of: "snapshot",
  },
};

function rdsEvents(call: ApiCall, where: string): Native[] {
  const kind = RDS[call.operation ?? ""];
  if (!kind) return [];
  const snapshot = kind.of === "snapshot";
  const identifier = textOf(call.parameters?.[snapshot ? "DBSnapshotIdentifier" : "DBInstanceIdentifier"]);
  const arn = `arn:aws:rds:${where}:${snapshot ? "snapshot" : "db"}:${identifier}`;
  return [
    {
      source: "aws.rds",
      "detail-type": snapshot ? "RDS DB Snapshot Event" : "RDS DB Instance Event",
      resources: [arn],
      detail: {
        EventCategories: [kind.category],
        SourceType: snapshot ? "SNAPSHOT" : "DB_INSTANCE",
        SourceArn: arn,
        Date: new Date(call.endedAt).toISOString(),
        Message: kind.message,
        SourceIdentifier: identifier,
        EventID: kind.id,
      },
    },
  ];
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
function ecsEvents(call: ApiCall): Native[] {
  const { operation, output = {} } = call;
  if (operation !== "RunTask" && operation !== "StartTask" && operation !== "StopTask") return [];
  return [...objects(output["tasks"]), ...objects([output["task"] ?? null])].map((task) => ({
    source: "aws.ecs",
    "detail-type": "ECS Task State Change",
    resources: [textOf(task["taskArn"])],
    detail: Object.fromEntries(Object.entries(task).map(([name, value]) => [lowerFirst(name), value])),
  }));
}

const objects = (value: Json | undefined): JsonObject[] =>
  (Array.isArray(value) ? value : []).filter(
    (value): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value),
  );

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");
