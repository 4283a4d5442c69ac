/** The organization's CloudTrail. A call that a trail covers becomes a record, an event on the account's default bus, and an entry in a log file. */
import { randomUUID } from "node:crypto";
import { cloudTrailDetailType } from "@bailiwick/aws-events/cloudtrail";
import type { CloudTrailEvent, CloudTrailRecord, EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Emulator } from "../emulator/emulator";
import type { ApiCall } from "../gateway";
import type { Trace } from "../trace";
import { Aliases } from "./aliases";
import type { DataResource } from "./categories";
import { LogDelivery, type DeliveryFailure } from "./delivery";
import { InsightDetector, INSIGHT_MINUTE_MILLISECONDS, type FoundInsight } from "./insight-detector";
import type { InsightEvent, InsightRecord } from "./insight-record";
import { emulatorKeyNames, KeySchemas } from "./key-schemas";
import { logBuckets } from "./log-bucket";
import { logGroups } from "./log-group";
import { logTopics } from "./log-topic";
import { eventBridgeSource } from "./names";
import { nativeEventsOf } from "./native-events";
import { Owners } from "./owners";
import { recordsOf, wholeSeconds, type Recorded } from "./record";
import { ServiceSessions } from "./service-sessions";
import { emulatorUsers, signInRecord, type SignIn, type SignInResult } from "./sign-in";
import { whyNotCovered, type Member, type Trail } from "./selectors";
import { emulatorTrails, TrailHistory, type TrailState } from "./trails";

/** Events of trails, of Insights, and those that services send themselves. */
type SentEvent = CloudTrailEvent | InsightEvent | EventBridgeEvent;

interface CloudTrailOptions {
  emulator: Promise<Emulator>;
  organization: { id: string; managementAccountId: string; accountIds: string[] };
  /** Puts an event on the default bus of the account and region. */
  publish: (account: string, region: string, event: SentEvent) => Promise<void> | void;
  trace?: Pick<Trace, "note">;
  /** How many milliseconds later an event that a service sends itself is sent. Default: at once. */
  delayOf?: (event: EventBridgeEvent) => number;
  /** How often log files are written. Default 5,000; on AWS about every five minutes. */
  deliverEveryMilliseconds?: number;
  /** How long a minute takes for Insights. Default 1,000. */
  insightMinuteMilliseconds?: number;
}

export interface CloudTrailStatistics {
  /** Records that a trail covered. */
  recorded: number;
  /** Records that no trail covered. */
  notCovered: number;
  /** Events that couldn't be put on a bus. */
  notPublished: number;
  /** Log and digest files written. */
  files: number;
  /** Starts and ends of unusual activity that trails received. */
  insights: number;
}

export interface CloudTrail {
  /** Records a call if a trail covers it, and sends the events that its service would send. Resolves when its event is on the bus and its changes to trails are known. */
  record(call: ApiCall): Promise<void>;
  statistics: CloudTrailStatistics;
  /** Records a sign-in to the console, if a trail covers it. */
  signIn(signIn: SignIn): Promise<SignInResult>;
  /** Failed deliveries, with the reason, which GetTrailStatus gives in short. They are retried. */
  readonly deliveryErrors: DeliveryFailure[];
  /** Writes the log files now, with `digest` also the hourly digest files. */
  flush(options?: { digest?: boolean }): Promise<void>;
  /** The public key of a region's digests: PKCS #1, DER. */
  publicKey(region: string): { fingerprint: string; der: Buffer };
  close(): Promise<void>;
}

const HOUR_MILLISECONDS = 3_600_000;

export function createCloudTrail(options: CloudTrailOptions): CloudTrail {
  const { organization, publish, trace } = options;
  const reader = options.emulator.then(({ url }) => emulatorTrails(url));
  reader.catch(() => undefined);
  const history = new TrailHistory(reader, organization.managementAccountId, organization.accountIds);
  const statistics: CloudTrailStatistics = {
    recorded: 0,
    notCovered: 0,
    notPublished: 0,
    files: 0,
    insights: 0,
  };
  const findUser = emulatorUsers(options.emulator.then(({ url }) => url));
  const destinations = options.emulator.then((emulator) => ({
    bucket: logBuckets(emulator),
    logGroup: logGroups(emulator),
    topic: logTopics(emulator),
  }));
  destinations.catch(() => undefined);
  const delivery = new LogDelivery({
    destinations,
    organizationId: organization.id,
    current: (arn) => history.now().trails.find((trail) => trail.arn === arn),
    attempted: async (attempts) => (await options.emulator).delivered(attempts),
  });
  const flush = async ({ digest = false } = {}) => {
    await delivery.flush();
    if (digest) await delivery.digest();
    statistics.files = delivery.delivered;
  };
  const { insightMinuteMilliseconds: minute = INSIGHT_MINUTE_MILLISECONDS } = options;
  const detector = new InsightDetector(Date.now(), minute);
  const timers = new Set([
    setInterval(() => detector.judge(Date.now()).forEach(recordInsight), minute),
    setInterval(() => void flush(), options.deliverEveryMilliseconds ?? 5_000),
    setInterval(() => void flush({ digest: true }), HOUR_MILLISECONDS),
  ]);
  for (const timer of timers) timer.unref();
  const owners = new Owners((bucket) =>
    // Only an emulator that has ended doesn't answer. The record is made nevertheless.
    options.emulator.then((emulator) => emulator.bucketHome(bucket)).catch(() => undefined),
  );
  const keySchemas = new KeySchemas((table) =>
    options.emulator.then(({ url }) => emulatorKeyNames(url)(table)).catch(() => undefined),
  );
  const aliases = new Aliases();
  const sessions = new ServiceSessions(options.emulator);
  const sending = new Set<Promise<void>>();

  const recordIfCovered = ({ record, data }: Recorded, state: TrailState): void => {
    const covering = state.trails.filter((trail) => reasonAgainst(trail, record, data, state) === undefined);
    noteCall(record);
    if (covering.length === 0) {
      statistics.notCovered += 1;
      trace?.note({
        cloudTrailEventId: record.eventID,
        stage: "trail",
        account: record.recipientAccountId,
        region: record.awsRegion,
        text: "No trail covers the call.",
        stopped: () => reasonNotCovered(record, data, state),
      });
      return;
    }
    statistics.recorded += 1;
    for (const trail of covering) delivery.add(trail, record);
    const event = envelope(record);
    trace?.note({
      eventId: event.id,
      cloudTrailEventId: record.eventID,
      stage: "trail",
      account: record.recipientAccountId,
      region: record.awsRegion,
      text: `The trail ${covering.map(({ name }) => name).join(", ")} covers the call.`,
    });
    send(event);
    detector.observe(record, covering, Date.now());
  };

  /** Insights go to each trail that has them enabled, and once to the bus. */
  const recordInsight = ({ record, type, trails }: FoundInsight): void => {
    const receiving = history.now().trails.filter(({ arn, logging, insights = [] }) => {
      return logging && trails.has(arn) && insights.some((each) => each.type === type);
    });
    if (receiving.length === 0) return;
    statistics.insights += 1;
    for (const trail of receiving) delivery.add(trail, record);
    const event = insightEvent(record);
    const { state, eventName, eventSource } = record.insightDetails;
    trace?.note({
      eventId: event.id,
      cloudTrailEventId: record.eventID,
      stage: "call",
      account: event.account,
      region: event.region,
      eventName,
      resource: `${eventName}.${eventSource}`,
      text: `Insights reported the ${state === "Start" ? "start" : "end"} of an unusual rate of ${eventSource}'s ${eventName}.`,
    });
    send(event);
  };

  const noteCall = (record: CloudTrailRecord): void => {
    trace?.note({
      cloudTrailEventId: record.eventID,
      stage: "call",
      account: record.recipientAccountId,
      region: record.awsRegion,
      eventName: record.eventName,
      resource: resourceOf(record),
      text: `${record.userIdentity.arn ?? record.userIdentity.type} called ${record.eventSource}'s ${record.eventName}.`,
    });
  };

  const send = (event: SentEvent): void => {
    const sent = Promise.resolve()
      .then(() => publish(event.account, event.region, event))
      .catch((error: unknown) => {
        statistics.notPublished += 1;
        trace?.note({
          eventId: event.id,
          stage: "bus",
          text: "The event did not reach its bus.",
          stopped: `The default bus of ${event.account} in ${event.region} accepted no event: ${String(error)}`,
        });
      })
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };

  const sendLater = (event: EventBridgeEvent, milliseconds: number): void => {
    if (milliseconds <= 0) return send(event);
    const timer = setTimeout(() => {
      timers.delete(timer);
      send({ ...event, time: wholeSeconds(Date.now()) });
    }, milliseconds);
    timers.add(timer);
  };

  const reasonAgainst = (
    trail: Trail,
    record: CloudTrailRecord,
    data: DataResource | undefined,
    state: TrailState,
  ) => whyNotCovered(trail, memberOf(record.recipientAccountId, state), record, data);

  const memberOf = (account: string, state: TrailState): Member => ({
    account,
    inOrganization: state.accounts.has(account),
    managementAccount: organization.managementAccountId,
  });

  const reasonNotCovered = (
    record: CloudTrailRecord,
    data: DataResource | undefined,
    state: TrailState,
  ): string => {
    const where = `${record.awsRegion} of ${record.recipientAccountId}`;
    const trails = state.trails.map(
      (trail) => `trail ${trail.name} ${reasonAgainst(trail, record, data, state)}`,
    );
    return `No trail that logs covers ${record.eventName} in ${where}: ${trails.length === 0 ? "there is no trail" : trails.join("; ")}.`;
  };

  return {
    statistics,
    async record(received) {
      const call = await owners.inBucketRegion(received);
      const state = history.at(call.receivedAt);
      const assumed = await sessions.firstUse(call);
      if (assumed) recordIfCovered({ record: assumed }, state);
      const keyNames = await keySchemas.of(call);
      const owner = await owners.foreignTo(call);
      for (const recorded of recordsOf(aliases.withKey(call), owner, keyNames))
        recordIfCovered(recorded, state);
      owners.observe(call);
      aliases.observe(call);
      keySchemas.observe(call);
      for (const event of nativeEventsOf(call)) sendLater(event, options.delayOf?.(event) ?? 0);
      await followChanges(call, history);
    },
    async signIn(signIn) {
      const at = Date.now();
      const { record, result } = await signInRecord(signIn, findUser, at);
      recordIfCovered({ record }, history.at(at));
      return result;
    },
    get deliveryErrors() {
      return delivery.failures;
    },
    flush,
    publicKey: (region) => delivery.signer.publicKey(region),
    async close() {
      for (const timer of timers) clearInterval(timer);
      await Promise.allSettled(sending);
      await delivery.close();
    },
  };
}

/** Calls that change the trails or the accounts that they cover. */
async function followChanges(call: ApiCall, history: TrailHistory): Promise<void> {
  if (call.readOnly || call.errorCode !== undefined) return;
  if (call.service === "cloudtrail") await history.refreshTrails(call.account, call.region, call.endedAt);
  if (call.service === "organizations") await history.refreshAccounts(call.endedAt);
}

function envelope(record: CloudTrailRecord): CloudTrailEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": cloudTrailDetailType(record.eventType) ?? "AWS API Call via CloudTrail",
    source: eventBridgeSource(record.eventSource),
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: [],
    detail: record,
  };
}

function insightEvent(record: InsightRecord): InsightEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "AWS Insight via CloudTrail",
    source: "aws.cloudtrail",
    account: record.recipientAccountId,
    time: record.eventTime,
    region: record.awsRegion,
    resources: [],
    detail: record,
  };
}

/** The name by which people look for a call: the first one in the record. */
function resourceOf(record: CloudTrailRecord): string | undefined {
  // Of objects, the bucket.
  const bucket = record.resources?.find(({ type }) => type === "AWS::S3::Bucket");
  const listed = (bucket ?? record.resources?.at(-1))?.ARN;
  if (listed !== undefined) return listed;
  const names = [
    "bucketName",
    "groupId",
    "trailName",
    "name",
    "roleName",
    "userName",
    "functionName",
    "instanceId",
    "keyId",
  ];
  for (const name of names) {
    const value = record.requestParameters?.[name];
    if (typeof value === "string") return value;
  }
  return undefined;
}
