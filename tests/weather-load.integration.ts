/** Many events at once in weather: none is lost, none is given up, none is acted on twice. */
import assert from "node:assert/strict";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeInstancesCommand,
  EC2Client,
  paginateDescribeSecurityGroups,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DEAD_LETTER_SUFFIX } from "../contract/names";
import type { Outcome } from "../controls/lib/outcome";
import { outcomeFeed } from "../rehearsal/drill/outcome-feed";
import { deployedOrganization, eventually } from "./support/local";

const ENFORCE = { mode: "enforce" };
const GROUPS = "ec2-security-group-admin-ports-closed";
const OWNERS = "ec2-instance-owner-tagged";
/** Two accounts' worth below the account's breaker, which would delay the rest on purpose: 100 fixes in ten minutes. */
const EVENTS_PER_ACCOUNT = 90;
const ACCOUNTS = ["payments", "web", "sandbox"];
const INSTANCES = 200;
/**
 * AWS's outage of two minutes is shortened: the runtime retries after 1, 5, 20 and 60 seconds, so that most events meet this one three
 * times. tests/faults/looks.spec.ts has two whole minutes, with a simulated clock.
 */
const OUTAGE_SECONDS = 30;

describe("in weather, many events at once", function () {
  this.timeout(300_000);
  const deployed = deployedOrganization({
    "bailiwick:controls": { [GROUPS]: ENFORCE, [OWNERS]: ENFORCE },
    // Its delays are tested elsewhere.
    "bailiwick:breaker": { accountActions: 1000 },
  });
  const ec2 = (account: string) => new EC2Client(deployed().organization.aws(deployed().account(account)));
  const remediated = new Map<string, Outcome[]>();
  let unsubscribe = () => undefined as void;
  before(() => {
    unsubscribe = outcomeFeed(deployed().organization.trace).subscribe((outcome) => {
      if (outcome.outcome !== "remediated" || outcome.resource === null) return;
      const key = `${outcome.control} ${outcome.resource.arn}`;
      remediated.set(key, [...(remediated.get(key) ?? []), outcome]);
    });
  });
  after(() => unsubscribe());
  afterEach(() => deployed().organization.weather.calm());

  it(`${ACCOUNTS.length * EVENTS_PER_ACCOUNT} offences during an outage of STS are all fixed once, and none is dead`, async () => {
    const { organization, settings } = deployed();
    organization.weather.set({ latency: { sts: 100 }, sparesRoots: true });
    const groups = await Promise.all(
      ACCOUNTS.map(async (account) => {
        const ids: string[] = [];
        for (let count = 0; count < EVENTS_PER_ACCOUNT; count++) {
          const wanted = { GroupName: `weather-${count}`, Description: "-" };
          const { GroupId = "" } = await ec2(account).send(new CreateSecurityGroupCommand(wanted));
          ids.push(GroupId);
        }
        return { account, ids };
      }),
    );
    const before = organization.weather.statistics.unavailable;
    for (const region of new Set([settings.homeRegion, ...settings.regions]))
      organization.weather.outage({ service: "sts", region, seconds: OUTAGE_SECONDS });
    const IpPermissions = [
      { IpProtocol: "tcp", FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    ];

    for (const { account, ids } of groups)
      for (const GroupId of ids)
        await ec2(account).send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));

    await eventually(
      async () => {
        const open = await Promise.all(groups.map(({ account }) => openGroups(account)));
        return open.every((count) => count === 0) ? true : undefined;
      },
      "all groups are closed",
      200_000,
    );
    assert(organization.weather.statistics.unavailable > before, "the outage hit nobody");
    await eventually(
      () => Promise.resolve(countOf(GROUPS) >= ACCOUNTS.length * EVENTS_PER_ACCOUNT ? true : undefined),
      "all fixes are reported",
      30_000,
    );
    const once = [...remediated].filter(([key]) => key.startsWith(GROUPS));
    assert.deepEqual(
      once.filter(([, outcomes]) => outcomes.length > 1).map(([key]) => key),
      [],
      "fixed twice",
    );
    assert.deepEqual(await deadLetters(), []);
  });

  // Not yet: within 200 seconds not all of them are tagged here, and whether the emulator or the runtime is what takes so long is open.
  it(`${INSTANCES} instances of one call are all tagged with their owner`, async () => {
    const { organization } = deployed();
    organization.weather.set({
      latency: { sts: 100, ec2: 80 },
      stale: {},
      pending: {},
      deliveries: {},
      sparesRoots: true,
    });
    const wanted = {
      ImageId: "ami-1",
      InstanceType: "t3.micro",
      MinCount: INSTANCES,
      MaxCount: INSTANCES,
    } as const;
    const { Instances = [] } = await ec2("web").send(new RunInstancesCommand(wanted));
    assert.equal(Instances.length, INSTANCES);

    await eventually(
      async () => {
        const { Reservations = [] } = await ec2("web").send(new DescribeInstancesCommand({}));
        const instances = Reservations.flatMap(({ Instances: found = [] }) => found);
        return instances.length === INSTANCES && instances.every(({ Tags }) => Tags?.length)
          ? true
          : undefined;
      },
      "all instances have tags",
      200_000,
    );
    assert.deepEqual(await deadLetters(), []);
  });

  const countOf = (control: string) => [...remediated.keys()].filter((key) => key.startsWith(control)).length;

  async function openGroups(account: string): Promise<number> {
    let open = 0;
    for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client: ec2(account) }, {}))
      open += SecurityGroups.filter(({ IpPermissions = [] }) =>
        IpPermissions.some(({ IpRanges = [] }) => IpRanges.some(({ CidrIp }) => CidrIp === "0.0.0.0/0")),
      ).length;
    return open;
  }

  /** The control's dead-letter queues that hold something. */
  async function deadLetters(): Promise<string[]> {
    const { organization, settings } = deployed();
    const sqs = new SQSClient(organization.aws(settings.security.id));
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const filled: string[] = [];
    for (const QueueUrl of QueueUrls.filter((url) => url.endsWith(DEAD_LETTER_SUFFIX))) {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
      );
      if (Attributes["ApproximateNumberOfMessages"] !== "0") filled.push(QueueUrl);
    }
    return filled;
  }
});
