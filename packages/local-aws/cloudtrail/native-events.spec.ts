import assert from "node:assert/strict";
import { tinyCall } from "../gateway/testing/tiny-models";
import { nativeEventsOf } from "./native-events";

const events = (given: Parameters<typeof tinyCall>[0]) => nativeEventsOf(tinyCall(given));

describe("A service's own event", () => {
  it("gives each state that an instance goes through", () => {
    const found = events({
      service: "ec2",
      operation: "StopInstances",
      output: { StoppingInstances: [{ InstanceId: "i-1" }] },
    });

    assert.deepEqual(
      found.map(({ detail, resources, ...event }) => [event.source, event["detail-type"], resources, detail]),
      ["stopping", "stopped"].map((state) => [
        "aws.ec2",
        "EC2 Instance State-change Notification",
        ["arn:aws:ec2:eu-west-1:333333333333:instance/i-1"],
        { "instance-id": "i-1", state },
      ]),
    );
    assert.deepEqual(
      [found[0]?.account, found[0]?.region, found[0]?.time],
      ["333333333333", "eu-west-1", "2026-01-02T03:04:05Z"],
    );
  });

  it("says whether a parameter is new, and never gives its value", () => {
    const put = (Version: number) =>
      events({
        service: "ssm",
        operation: "PutParameter",
        parameters: { Name: "/a/b", Value: "secret", Type: "String" },
        output: { Version },
      });

    assert.deepEqual(put(1)[0]?.detail, { name: "/a/b", operation: "Create", type: "String" });
    assert.deepEqual(put(2)[0]?.detail["operation"], "Update");
    assert.deepEqual(put(1)[0]?.resources, ["arn:aws:ssm:eu-west-1:333333333333:parameter/a/b"]);
  });

  it("reports each deleted parameter", () => {
    const found = events({
      service: "ssm",
      operation: "DeleteParameters",
      output: { DeletedParameters: ["/a", "/b"] },
    });

    assert.deepEqual(
      found.map(({ detail }) => detail),
      [
        { name: "/a", operation: "Delete" },
        { name: "/b", operation: "Delete" },
      ],
    );
  });

  it("reports what happened to a database or a snapshot", () => {
    const [created] = events({
      service: "rds",
      operation: "CreateDBInstance",
      parameters: { DBInstanceIdentifier: "db" },
    });
    const [copied] = events({
      service: "rds",
      operation: "CreateDBSnapshot",
      parameters: { DBSnapshotIdentifier: "copy" },
    });

    assert.deepEqual(
      [created?.["detail-type"], created?.detail["EventID"], created?.resources],
      ["RDS DB Instance Event", "RDS-EVENT-0005", ["arn:aws:rds:eu-west-1:333333333333:db:db"]],
    );
    assert.deepEqual(
      [copied?.["detail-type"], copied?.detail["SourceType"]],
      ["RDS DB Snapshot Event", "SNAPSHOT"],
    );
  });

  it("gives a task's new state", () => {
    const [event] = events({
      service: "ecs",
      operation: "StopTask",
      output: { task: { taskArn: "arn:task", lastStatus: "STOPPED" } },
    });

    assert.deepEqual(
      [event?.["detail-type"], event?.resources, event?.detail["lastStatus"]],
      ["ECS Task State Change", ["arn:task"], "STOPPED"],
    );
  });

  it("doesn't exist for failed calls, reading calls and other services", () => {
    const output = { Version: 1 };
    assert.deepEqual(events({ service: "ssm", operation: "PutParameter", output, errorCode: "X" }), []);
    assert.deepEqual(events({ service: "ssm", operation: "PutParameter", output, readOnly: true }), []);
    assert.deepEqual(events({ service: "sqs", operation: "CreateQueue", output }), []);
  });
});
