/** Tags a queue unusually often. Before, it reads the tags as often, which Insights doesn't count. */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ListQueueTagsCommand,
  SQSClient,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import { partitionOf } from "@bailiwick/aws-events/partitions";
import type { Drill, DrillContext, CheckResult } from "../lib/drill/drill";
import type { Outcome } from "../lib/outcome";
import { runAll, REPORTS_ONLY } from "../lib/drill/steps";
import { INSIGHT } from "./insight";

interface Queue {
  url: string;
}

/** Enough to be unusual within a minute; concurrent, as a program out of control would call. */
const CALLS = 120;
const AT_ONCE = 12;

const STARTED = "sqs:TagQueue is called unusually often.";
const ENDED = "sqs:TagQueue is back to being called as often as usual.";

export const drill: Drill<Record<string, never>, Queue> = {
  ...REPORTS_ONLY,
  silentBenign: true,
  needsInsights: true,
  // The beginning and the end.
  times: () => ({ reported: 2, benign: 0 }),

  async prepare({ aws, name: QueueName }) {
    const { QueueUrl: url = "" } = await new SQSClient(aws).send(new CreateQueueCommand({ QueueName }));
    return { url };
  },

  benign: ({ aws }, { url: QueueUrl }) => {
    const sqs = new SQSClient(aws);
    return callRepeatedly(() => sqs.send(new ListQueueTagsCommand({ QueueUrl })));
  },

  offend: ({ aws, name }, { url: QueueUrl }) => {
    const sqs = new SQSClient(aws);
    return callRepeatedly(() => sqs.send(new TagQueueCommand({ QueueUrl, Tags: { drill: name } })));
  },

  checkReported({ account }, _, __, reported) {
    const [started, ended] = reported;
    if (started === undefined || ended === undefined)
      return { good: false, still: `It reported ${reported.length} times instead of twice.` };
    const findings = JSON.stringify([started.findings, ended.findings]);
    if (findings !== JSON.stringify([[STARTED], [ENDED]]))
      return { good: false, still: `It reported ${findings} instead of the beginning and the end.` };
    if (started.facts?.["Insight"] !== ended.facts?.["Insight"])
      return { good: false, still: "Beginning and end are not reported as those of one insight." };
    return [started, ended].map((each) => factsOf(each, account)).find(({ good }) => !good) ?? { good: true };
  },

  async cleanUp({ aws }, { url: QueueUrl }) {
    const sqs = new SQSClient(aws);
    await runAll([() => sqs.send(new DeleteQueueCommand({ QueueUrl }))], ["QueueDoesNotExist"]);
  },

  resources: (context) => ({
    offended: arnOf(context, "TagQueue.sqs.amazonaws.com"),
    benign: arnOf(context, "ListQueueTags.sqs.amazonaws.com"),
  }),
};

async function callRepeatedly(call: () => Promise<unknown>): Promise<void> {
  let left = CALLS;
  const worker = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The rate depends on how fast the calls were answered, so it must only be much higher than the usual one. */
function factsOf({ facts = {} }: Outcome, account: string): CheckResult {
  const rate = (name: string) => Number(/^([\d.e-]+) a minute$/.exec(facts[name] ?? "")?.[1]);
  const good =
    rate("Unusual rate") > 5 * rate("Usual rate") &&
    facts["Mostly by"]?.split(":")[4] === account &&
    /^[0-9a-f-]{36}$/.test(facts["Insight"] ?? "");
  return good ? { good } : { good, still: `It reported ${JSON.stringify(facts)}.` };
}

function arnOf({ account, aws: { region } }: DrillContext, id: string): string {
  return INSIGHT.arn({ partition: partitionOf(region), account, region, id });
}
