import assert from "node:assert/strict";
import {
  eventOf,
  HOME,
  HUB,
  publish,
  queueOf,
  ruleOf,
  startTestFabric,
  forwardingToHub,
  type TestFabric,
} from "@bailiwick/local-aws/testing/fabric";
import { CommandError } from "../errors";
import type { RunningOrganization } from "./running";
import { traceCommand } from "./trace";

describe("bailiwick trace", () => {
  let testFabric: TestFabric;
  let printed: string;
  const write = process.stdout.write.bind(process.stdout);
  const exitCode = process.exitCode;

  beforeEach(async () => {
    testFabric = await startTestFabric(forwardingToHub());
    printed = "";
  });
  afterEach(async () => {
    process.exitCode = exitCode;
    await testFabric.fabric.close();
  });
  const organization = (id: string): RunningOrganization => ({
    id,
    pid: 1,
    port: 1,
    token: "t",
    endpointUrl: "http://127.0.0.1:1",
    traceUrl: testFabric.fabric.url,
    since: "2026-03-01T12:00:00Z",
  });
  const run = async (words: string[], up: RunningOrganization[] = [organization("a")]) => {
    process.stdout.write = (text: string) => {
      printed += text;
      return true;
    };
    try {
      await traceCommand(async () => up).parseAsync(["node", "trace", ...words]);
    } finally {
      process.stdout.write = write;
    }
  };
  const refuses = (words: string[], message: RegExp, up?: RunningOrganization[]) =>
    assert.rejects(run(words, up), (error) => error instanceof CommandError && message.test(error.message));

  it("shows an event's path, and succeeds while the event is under way", async () => {
    const event = eventOf();
    await publish(testFabric, event);

    await run([event.id]);

    assert.match(printed, new RegExp(`event ${event.id}`));
    assert.match(
      printed,
      /Arrived on the bus default[^]*Forwarded to[^]*Delivered to the queue[^]*In progress: /,
    );
    assert.equal(process.exitCode, exitCode);
  });

  it("says where an event stopped and why, and fails", async () => {
    const event = eventOf({ source: "other" });
    await publish(testFabric, event);

    await run([event.id]);

    assert.match(
      printed,
      /It stopped: No rule of the bus default .* The closest rule is forward, but source/,
    );
    assert.equal(process.exitCode, 1);
  });

  it("fails for one branch that stopped, whatever happened to the other", async () => {
    const second = `arn:aws:sqs:${HOME}:${HUB}:bailiwick-second`;
    const deployed = forwardingToHub();
    deployed.rules.push(ruleOf(HUB, HOME, "hub", "second", { targets: [{ Id: "q", Arn: second }] }));
    deployed.queues[second] = queueOf();
    deployed.deny = ({ resource }) => (resource === second ? "Its policy has no such rule." : undefined);
    await testFabric.fabric.close();
    testFabric = await startTestFabric(deployed);
    const event = eventOf();
    await publish(testFabric, event);

    await run([event.id]);

    assert.match(printed, /It stopped: The rule second matched.*Its policy has no such rule/);
    assert.match(printed, /In progress: Delivered to the queue .*:control\./);
    assert.equal(process.exitCode, 1);
  });

  it("answers in JSON", async () => {
    const event = eventOf();
    await publish(testFabric, event);

    await run([event.id, "--json"]);

    assert.equal((JSON.parse(printed) as { eventId: string }).eventId, event.id);
  });

  it("lists the latest events that match, one per line", async () => {
    const first = eventOf({ detail: { eventName: "PutBucketPolicy" }, resources: ["arn:aws:s3:::b"] });
    const second = eventOf({ detail: { eventName: "PutBucketPolicy" } });
    for (const event of [first, second, eventOf()]) await publish(testFabric, event);

    await run(["--event-name", "PutBucketPolicy"]);
    const both = printed.trimEnd().split("\n");
    printed = "";
    await run(["--event-name", "PutBucketPolicy", "--limit", "1"]);

    assert.equal(both.length, 2);
    assert.match(
      both[0] ?? "",
      new RegExp(`${first.id} +333333333333  eu-west-1 +PutBucketPolicy arn:aws:s3:::b$`),
    );
    assert.match(printed, new RegExp(second.id));
    assert.ok(!printed.includes(first.id));
  });

  it("says that there are none, in words and in JSON", async () => {
    await run(["--account", "1"]);
    assert.equal(printed, "No such events.\n");
    printed = "";
    await run(["--account", "1", "--json"]);
    assert.equal(printed, "[]\n");
  });

  it("asks the organization that the option names", async () => {
    const event = eventOf();
    await publish(testFabric, event);
    const other = { ...organization("b"), traceUrl: "http://127.0.0.1:9" };

    await run([event.id, "--organization", "a"], [other, organization("a")]);

    assert.match(printed, new RegExp(event.id));
    await refuses([event.id], /does not answer at/, [other]);
  });

  it("says what to do when it can't", async () => {
    await refuses(["nonsense"], /has no event nonsense/);
    await refuses(["x"], /No organization is up: `npm run org` starts one/, []);
    await refuses(["x", "--organization", "z"], /No organization `z` is up\. These are: a\./);
    await refuses(["--limit", "0"], /--limit takes a whole number above 0, not `0`/);
  });
});
