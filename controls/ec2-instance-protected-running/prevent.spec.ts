import type * as aws from "@pulumi/aws";
import assert from "node:assert/strict";
import { reports, UNKNOWN } from "../lib/testing";
import { prevention } from "./prevent";

const MARK = "The instance is marked to keep running (keep-running=true), but";
const TERMINATE = `${MARK} any call could terminate it. Set \`disableApiTermination: true\`.`;
const STOP = `${MARK} any call could stop it. Set \`disableApiStop: true\`.`;
const SHUTDOWN = `${MARK} it would be terminated when it shuts itself down. Set \`instanceInitiatedShutdownBehavior: "stop"\`.`;
const SPOT = `${MARK} EC2 could reclaim it at any time, as a spot instance. Omit \`instanceMarketOptions\`.`;

const tags = { "keep-running": "true" };
const PROTECTED: aws.ec2.InstanceArgs = { tags, disableApiTermination: true, disableApiStop: true };
type Args = Omit<aws.ec2.InstanceArgs, "disableApiTermination"> & {
  disableApiTermination?: unknown;
  tagsAll?: unknown;
};
const instance = (args: Args, config = {}) =>
  reports(prevention, "aws:ec2/instance:Instance", { ...args }, config);

describe("ec2-instance-protected-running: prevention", () => {
  it("accepts a marked instance that is protected from both", () => {
    assert.deepEqual(instance(PROTECTED), []);
    assert.deepEqual(instance({ ...PROTECTED, instanceInitiatedShutdownBehavior: "stop" }), []);
  });

  it("names each way in which a marked one could be stopped or terminated", () => {
    assert.deepEqual(instance({ tags }), [TERMINATE, STOP]);
    assert.deepEqual(instance({ ...PROTECTED, disableApiStop: false }), [STOP]);
    assert.deepEqual(instance({ ...PROTECTED, instanceInitiatedShutdownBehavior: "terminate" }), [SHUTDOWN]);
    assert.deepEqual(instance({ ...PROTECTED, instanceMarketOptions: { marketType: "spot" } }), [SPOT]);
  });

  it("asks nothing of an instance without the mark", () => {
    const others: Args[] = [{}, { tags: { "keep-running": "false" } }, { tags: { keeprunning: "true" } }];
    for (const other of others) assert.deepEqual(instance(other), [], JSON.stringify(other));
  });

  it("finds the mark among the provider's default tags, unless the instance has its own", () => {
    assert.deepEqual(instance({ tagsAll: tags }), [TERMINATE, STOP]);
    assert.deepEqual(instance({ tags: { "keep-running": "false" }, tagsAll: tags }), []);
  });

  it("uses the stack's key and value of the mark", () => {
    const config = { tagKey: "indispensable", tagValue: "yes" };
    const [first] = instance({ tags: { indispensable: "yes" } }, config);
    assert.match(first ?? "", /^The instance is marked to keep running \(indispensable=yes\), but any call/);
    assert.deepEqual(instance({ tags }, config), []);
  });

  it("reports what is known when a preview doesn't know the rest", () => {
    assert.deepEqual(instance({ tags, disableApiTermination: UNKNOWN }), [
      STOP,
      "thrown: string value at .disableApiTermination can't be known during preview",
    ]);
    assert.deepEqual(instance({ tags: { "keep-running": UNKNOWN } }), [
      "thrown: string value at .tags.keep-running can't be known during preview",
    ]);
    assert.deepEqual(instance({ tags: { Name: UNKNOWN } }), []);
  });

  it("advises, as its severity is medium", () => assert.equal(prevention.enforcementLevel, "advisory"));
});
