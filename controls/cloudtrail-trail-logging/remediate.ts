/** Starts a trail again and restores what it records; reports a trail that can't be restored. */
import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  ListTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
  type EventSelector,
  type InsightType,
  type Trail,
} from "@aws-sdk/client-cloudtrail";
import type {
  Evaluation,
  OrganizationTrailSettings,
  Remediation,
  RemediationContext,
  Violation,
} from "../lib/remediation";
import type { ResourceReference } from "../lib/resources";
import { isNamed } from "../lib/errors";
import { tagRecord } from "../lib/tags";
import { whoDid } from "../lib/who-did";
import type { TrailRequirements } from "./control";
import { restoredSelectors, selectorFault, type Selectors } from "./rule";
import {
  changesOfCall,
  deliveryFaults,
  needsUpdate,
  requiredSettings,
  settingsFaults,
  updateOf,
  type TrailSettings,
} from "./settings";

/** The settings of the trail that this control may change. Null: the trail no longer exists. */
export type TrailBefore = {
  logging: boolean;
  fileValidation: boolean;
  selectors: Selectors;
  /** Of the organization's own trail only: of no other one is known what it must keep. */
  settings?: TrailSettings;
} | null;

type Context = RemediationContext<TrailRequirements>;

export const remediation: Remediation<TrailRequirements, TrailBefore> = {
  async evaluate(context: Context): Promise<Evaluation<TrailBefore>> {
    const { resource, event, aws } = context;
    const client = new CloudTrailClient(aws);
    let trail: Trail | undefined;
    try {
      trail = (await client.send(new GetTrailCommand({ Name: resource.arn }))).Trail;
    } catch (error) {
      if (!isNamed(error, "TrailNotFoundException")) throw error;
    }
    // The event names a trail that existed, so it was deleted, which is worse than stopped: a violation, not "absent". But a control
    // that changed it didn't delete it, and the call that did has an event of its own.
    if (!trail) return event && whoDid(event)?.kind === "control" ? { state: "absent" } : deleted(resource);
    const [status, { EventSelectors: basic, AdvancedEventSelectors: advanced }] = await Promise.all([
      client.send(new GetTrailStatusCommand({ Name: resource.arn })),
      client.send(new GetEventSelectorsCommand({ TrailName: resource.arn })),
    ]);
    const required = requiredOf(context);
    const insights = required && required.insights.length > 0 ? await insightsNow(client, resource.arn) : [];
    const settings = settingsOf(trail, insights);
    const before = {
      logging: status.IsLogging === true,
      fileValidation: trail.LogFileValidationEnabled === true,
      selectors: { basic: basic ?? [], advanced: advanced ?? [] },
      ...(required ? { settings } : {}),
    };
    const reported = [
      ...deliveryFaults({ files: status.LatestDeliveryError, digests: status.LatestDigestDeliveryError }),
      ...(required || (event && whoDid(event)?.kind === "control") ? [] : changesOfCall(event, settings)),
    ];
    return judge({ trail, settings, before, reported }, context);
  },

  async fix(context: Context, { before }: Violation<TrailBefore>): Promise<void> {
    if (!before) return;
    const { resource, parameters, aws } = context;
    const client = new CloudTrailClient(aws);
    // The trail must log first, so that the other changes are recorded too.
    if (!before.logging) await client.send(new StartLoggingCommand({ Name: resource.arn }));
    const required = requiredOf(context);
    const settings =
      required && before.settings && needsUpdate(before.settings, required)
        ? requiredSettings(required)
        : undefined;
    if (!before.fileValidation || settings) {
      const update = { ...(settings && updateOf(settings)), EnableLogFileValidation: true };
      await client.send(new UpdateTrailCommand({ Name: resource.arn, ...update }));
    }
    if (required && required.insights.some((kind) => !before.settings?.insights.includes(kind)))
      await putInsights(client, resource.arn, [
        ...new Set([...(before.settings?.insights ?? []), ...required.insights]),
      ]);
    if (selectorFault(before.selectors, parameters.mayExclude) !== undefined) {
      const { basic, advanced } = restoredSelectors(before.selectors, parameters.mayExclude);
      const selectors =
        advanced.length > 0
          ? { AdvancedEventSelectors: advanced }
          : { EventSelectors: basic as EventSelector[] };
      await client.send(new PutEventSelectorsCommand({ TrailName: resource.arn, ...selectors }));
    }
  },

  async undo(context: Context, before: TrailBefore): Promise<void> {
    if (!before) return;
    const { resource, parameters, aws } = context;
    const client = new CloudTrailClient(aws);
    const { basic, advanced } = before.selectors;
    if (selectorFault(before.selectors, parameters.mayExclude) !== undefined) {
      const selectors =
        advanced.length > 0
          ? { AdvancedEventSelectors: advanced }
          : { EventSelectors: basic as EventSelector[] };
      await client.send(new PutEventSelectorsCommand({ TrailName: resource.arn, ...selectors }));
    }
    const required = requiredOf(context);
    const { settings } = before;
    const changed = settings && required && needsUpdate(settings, required);
    if (!before.fileValidation || changed) {
      const update = {
        ...(changed ? updateOf(settings) : {}),
        EnableLogFileValidation: before.fileValidation,
      };
      await client.send(new UpdateTrailCommand({ Name: resource.arn, ...update }));
    }
    if (settings && required?.insights.some((kind) => !settings.insights.includes(kind)))
      await putInsights(client, resource.arn, settings.insights);
    // Last, so that the other changes are recorded.
    if (!before.logging) await client.send(new StopLoggingCommand({ Name: resource.arn }));
  },

  async tags({ resource, aws }: Context): Promise<Record<string, string>> {
    const request = { ResourceIdList: [resource.arn] };
    const { ResourceTagList: found } = await new CloudTrailClient(aws).send(new ListTagsCommand(request));
    return tagRecord(found?.[0]?.TagsList);
  },
};

function deleted({ id, region }: ResourceReference): Violation<TrailBefore> {
  return {
    state: "violation",
    findings: [
      `The trail ${id} in ${region} no longer exists. Create it again with the same bucket; its files are still there.`,
    ],
    before: null,
    remedies: [],
  };
}

/** What the trail must keep, if it is the organization's own. */
const requiredOf = ({ resource, organization }: Context): OrganizationTrailSettings | undefined =>
  organization?.trail?.arn === resource.arn ? organization.trail : undefined;

const settingsOf = (trail: Trail, insights: string[]): TrailSettings => ({
  ...(trail.S3BucketName ? { bucket: trail.S3BucketName } : {}),
  ...(trail.S3KeyPrefix ? { prefix: trail.S3KeyPrefix } : {}),
  ...(trail.KmsKeyId ? { keyArn: trail.KmsKeyId } : {}),
  organization: trail.IsOrganizationTrail === true,
  multiRegion: trail.IsMultiRegionTrail === true,
  globalEvents: trail.IncludeGlobalServiceEvents !== false,
  insights,
});

async function insightsNow(client: CloudTrailClient, arn: string): Promise<string[]> {
  try {
    const { InsightSelectors: found } = await client.send(new GetInsightSelectorsCommand({ TrailName: arn }));
    return (found ?? []).flatMap(({ InsightType: kind }) => kind ?? []);
  } catch (error) {
    // A trail that never had any.
    if (isNamed(error, "InsightNotEnabledException")) return [];
    throw error;
  }
}

async function putInsights(client: CloudTrailClient, arn: string, kinds: readonly string[]): Promise<void> {
  const InsightSelectors = kinds.map((kind) => ({ InsightType: kind as InsightType }));
  await client.send(new PutInsightSelectorsCommand({ TrailName: arn, InsightSelectors }));
}

interface Judged {
  trail: Trail;
  settings: TrailSettings;
  before: NonNullable<TrailBefore>;
  /** What can only be reported. */
  reported: string[];
}

function judge({ trail, settings, before, reported }: Judged, context: Context): Evaluation<TrailBefore> {
  const { resource, parameters } = context;
  const { multiRegion, mayExclude } = parameters;
  const required = requiredOf(context);
  const findings: string[] = [];
  const remedies: string[] = [];
  const fault = selectorFault(before.selectors, mayExclude);
  if (!before.logging) {
    findings.push("The trail is not logging.");
    remedies.push("Start logging.");
  }
  if (!before.fileValidation) {
    findings.push("The trail does not validate its log files.");
    remedies.push("Enable log file validation.");
  }
  if (fault !== undefined) {
    findings.push(`The trail ${fault}.`);
    remedies.push("Record all management events, and the same data events as before.");
  }
  if (required) {
    const faults = settingsFaults(settings, required);
    findings.push(...faults.map(({ finding }) => finding));
    remedies.push(...faults.map(({ remedy }) => remedy));
  } else if (multiRegion && !settings.multiRegion) {
    // More regions mean more events and higher cost, so the owner must decide.
    findings.push(
      `The trail covers ${resource.region} only${settings.globalEvents ? "" : ", without the events of global services such as IAM"}. Make it a multi-region trail if no other trail covers the rest.`,
    );
  }
  findings.push(...reported);
  if (findings.length === 0) {
    return {
      state: "compliant",
      why: "The trail logs all management events and validates its log files.",
      after: before,
    };
  }
  const owner = trail.TrailARN?.split(":")[4];
  if (owner === undefined || owner === resource.account)
    return { state: "violation", findings, before, remedies };
  findings.push(`The trail belongs to account ${owner} and can be changed there only.`);
  return { state: "violation", findings, before, remedies: [] };
}
