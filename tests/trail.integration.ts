/** A stack's trail with what it may have besides log files: a log group, and Insights. */
import assert from "node:assert/strict";
import { CloudTrailClient, GetTrailStatusCommand } from "@aws-sdk/client-cloudtrail";
import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { deployedOrganization } from "./support/local";

const CONTROL = "cloudtrail-insight-reported";
const HOME = "eu-west-1";
const GROUP = "bailiwick/trail/bailiwick";
const ROLE = "bailiwick-trail-logs";

describe("the organization's trail, with a log group and Insights", function () {
  this.timeout(60_000);
  const deployed = deployedOrganization({
    "bailiwick:regions": [],
    "bailiwick:defaultMode": "off",
    "bailiwick:controls": { [CONTROL]: { mode: "notify" } },
    "bailiwick:trail": { cloudWatchLogs: true, insights: ["ApiCallRateInsight", "ApiErrorRateInsight"] },
  });
  const client = <Client>(Kind: new (config: object) => Client, account = "management", region = HOME) =>
    new Kind(deployed().organization.aws(deployed().account(account), region));
  const deliver = async () => {
    const { gateway, cloudTrail } = deployed().organization;
    await gateway.allReported();
    await cloudTrail.flush();
  };
  const status = async () => {
    const trails = client(CloudTrailClient);
    return trails.send(new GetTrailStatusCommand({ Name: deployed().settings.trail.name }));
  };
  const streamOf = (account: string) => {
    const { settings } = deployed();
    return `${settings.organizationId}_${deployed().account(account)}_CloudTrail_${HOME}`;
  };
  const namesIn = async (account: string): Promise<unknown[]> => {
    const asked = { logGroupName: GROUP, logStreamName: streamOf(account), startFromHead: true };
    const { events = [] } = await client(CloudWatchLogsClient).send(new GetLogEventsCommand(asked));
    return events.map(({ message = "" }) => {
      const { eventName, recipientAccountId } = JSON.parse(message) as Record<string, unknown>;
      assert.equal(recipientAccountId, deployed().account(account));
      return eventName;
    });
  };

  it("writes each account's records into its own stream of that group, with the role that the program made", async () => {
    await client(SNSClient, "web").send(new CreateTopicCommand({ Name: "seen-in-the-log-group" }));
    await deliver();

    const reported = await status();
    assert.deepEqual(
      [reported.LatestCloudWatchLogsDeliveryError, reported.LatestDeliveryError],
      [undefined, undefined],
    );
    assert.ok(reported.LatestCloudWatchLogsDeliveryTime);
    assert.ok((await namesIn("web")).includes("CreateTopic"));
    const { logStreams = [] } = await client(CloudWatchLogsClient).send(
      new DescribeLogStreamsCommand({ logGroupName: GROUP }),
    );
    const allowed = logStreams.map(({ logStreamName = "" }) => logStreamName).sort();
    assert.deepEqual(
      allowed.filter((name) => !/^o-bailiwick0_\d{12}_CloudTrail_eu-west-1$/.test(name)),
      [],
    );
  });

  it("reports that it can't write there any more when the role loses its policy", async () => {
    const iam = client(IAMClient);
    const which = { RoleName: ROLE, PolicyName: "write" };
    const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand(which));
    await iam.send(new DeleteRolePolicyCommand(which));
    await deliver();

    assert.equal(
      (await status()).LatestCloudWatchLogsDeliveryError,
      "Access denied. Verify in IAM that the role has adequate permissions.",
    );
    await iam.send(
      new PutRolePolicyCommand({ ...which, PolicyDocument: decodeURIComponent(PolicyDocument) }),
    );
    await deliver();
    assert.equal((await status()).LatestCloudWatchLogsDeliveryError, undefined);
  });

  it("has its control's drill hold: the beginning and the end are reported, and the burst of reads is not", async () => {
    const results = await deployed().drill({
      controls: [CONTROL],
      accounts: ["payments", "web"],
      regions: [HOME],
    });

    assert.deepEqual(
      results.map(({ cause, outcome, benign }) => [cause, outcome, benign]),
      [
        [undefined, "notified", "untouched"],
        [undefined, "notified", "untouched"],
      ],
    );
  });
});
