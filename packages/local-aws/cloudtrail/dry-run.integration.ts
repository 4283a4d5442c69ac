import assert from "node:assert/strict";
import {
  MEMBER,
  startRecordedOrganization,
  type RecordedOrganization,
} from "./testing/recorded-organization";

type Instances = { Instances: { InstanceId: string; State: { Name: string } }[] };

describe("A call to EC2 with DryRun", () => {
  let organization: RecordedOrganization;

  before(async function () {
    this.timeout(120_000);
    organization = await startRecordedOrganization();
  });
  after(() => organization?.stop());

  const run = async () => {
    const image = { ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 };
    const { output } = await organization.call("ec2", "RunInstances", image);
    return (output as unknown as Instances).Instances[0]?.InstanceId ?? "";
  };
  const stateOf = async (instance: string) => {
    const { output } = await organization.call("ec2", "DescribeInstances", { InstanceIds: [instance] });
    return (output as unknown as { Reservations: Instances[] }).Reservations[0]?.Instances[0]?.State.Name;
  };

  it("does nothing, and is recorded with the error that AWS answers", async () => {
    const instance = await run();
    const before = organization.ownEvents.length;
    const parameters = { InstanceIds: [instance], DryRun: true };
    let answer: Awaited<ReturnType<typeof organization.call>> = {};

    const [record] = await organization.recordsOf(async () => {
      answer = await organization.call("ec2", "TerminateInstances", parameters);
    });

    assert.equal(answer.error, "DryRunOperation");
    assert.equal(organization.calls.at(-1)?.status, 412);
    assert.equal(await stateOf(instance), "running");
    assert.deepEqual(organization.ownEvents.slice(before), []);
    assert.deepEqual(
      [record?.eventName, record?.errorCode, record?.errorMessage, record?.responseElements],
      [
        "TerminateInstances",
        "Client.DryRunOperation",
        "Request would have succeeded, but DryRun flag is set.",
        null,
      ],
    );
    assert.deepEqual(record?.requestParameters?.["instancesSet"], { items: [{ instanceId: instance }] });
  });

  it("acts when DryRun is false", async () => {
    const instance = await run();

    const { error } = await organization.call("ec2", "TerminateInstances", {
      InstanceIds: [instance],
      DryRun: false,
    });

    assert.equal(error, undefined);
    assert.match((await stateOf(instance)) ?? "", /^(shutting-down|terminated)$/);
  });

  it("is refused to callers without permission", async () => {
    const instance = await run();
    await organization.call("iam", "CreateUser", { UserName: "visitor" });
    const { output } = await organization.call("iam", "CreateAccessKey", { UserName: "visitor" });
    const key = output?.["AccessKey"] as { AccessKeyId: string; SecretAccessKey: string };
    const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };

    const [record] = await organization.recordsOf(() =>
      organization.call(
        "ec2",
        "TerminateInstances",
        { InstanceIds: [instance], DryRun: true },
        { credentials },
      ),
    );

    assert.equal(record?.errorCode, "Client.UnauthorizedOperation");
    assert.equal(record?.recipientAccountId, MEMBER);
  });
});
