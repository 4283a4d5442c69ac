/** Starts a trail again and restores what it records; reports a trail that can't be restored. */
import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  PutEventSelectorsCommand,
  ListTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
  UpdateTrailCommand,
  type EventSelector,
  type Trail,
} from "@aws-sdk/client-cloudtrail";
import type { Evaluation, Remediation, RemediationContext, Violation } from "../lib/remediation";
import type { ResourceReference } from "../lib/resources";
import { isNamed } from "../lib/errors";
import { tagRecord } from "../lib/tags";
import type { TrailRequirements } from "./control";
import { restoredSelectors, selectorFault, type Selectors } from "./rule";

/** The settings of the trail that this control may change. Null: the trail no longer exists. */
export type TrailBefore = { logging: boolean; fileValidation: boolean; selectors: Selectors } | null;

type Context = RemediationContext<TrailRequirements>;

export const remediation: Remediation<TrailRequirements, TrailBefore> = {
  async evaluate({ resource, parameters, aws }: Context): Promise<Evaluation<TrailBefore>> {
    const client = new CloudTrailClient(aws);
    let trail: Trail | undefined;
    try {
      trail = (await client.send(new GetTrailCommand({ Name: resource.arn }))).Trail;
    } catch (error) {
      if (!isNamed(error, "TrailNotFoundException")) throw error;
    }
    // The event names a trail that existed, so it was deleted, which is worse than stopped: a violation, not "absent".
    if (!trail) return deleted(resource);
    const [status, { EventSelectors: basic, AdvancedEventSelectors: advanced }] = await Promise.all([
      client.send(new GetTrailStatusCommand({ Name: resource.arn })),
      client.send(new GetEventSelectorsCommand({ TrailName: resource.arn })),
    ]);
    const before = {
      logging: status.IsLogging === true,
      fileValidation: trail.LogFileValidationEnabled === true,
      selectors: { basic: basic ?? [], advanced: advanced ?? [] },
    };
    return judge(trail, before, resource, parameters);
  },

  async fix({ resource, parameters, aws }: Context, { before }: Violation<TrailBefore>): Promise<void> {
    if (!before) return;
    const client = new CloudTrailClient(aws);
    // The trail must log first, so that the other changes are recorded too.
    if (!before.logging) await client.send(new StartLoggingCommand({ Name: resource.arn }));
    if (!before.fileValidation) {
      await client.send(new UpdateTrailCommand({ Name: resource.arn, EnableLogFileValidation: true }));
    }
    if (selectorFault(before.selectors, parameters.mayExclude) !== undefined) {
      const { basic, advanced } = restoredSelectors(before.selectors, parameters.mayExclude);
      const selectors =
        advanced.length > 0
          ? { AdvancedEventSelectors: advanced }
          : { EventSelectors: basic as EventSelector[] };
      await client.send(new PutEventSelectorsCommand({ TrailName: resource.arn, ...selectors }));
    }
  },

  async undo({ resource, parameters, aws }: Context, before: TrailBefore): Promise<void> {
    if (!before) return;
    const client = new CloudTrailClient(aws);
    const { basic, advanced } = before.selectors;
    if (selectorFault(before.selectors, parameters.mayExclude) !== undefined) {
      const selectors =
        advanced.length > 0
          ? { AdvancedEventSelectors: advanced }
          : { EventSelectors: basic as EventSelector[] };
      await client.send(new PutEventSelectorsCommand({ TrailName: resource.arn, ...selectors }));
    }
    if (!before.fileValidation)
      await client.send(new UpdateTrailCommand({ Name: resource.arn, EnableLogFileValidation: false }));
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

function judge(
  trail: Trail,
  before: NonNullable<TrailBefore>,
  resource: ResourceReference,
  { multiRegion, mayExclude }: TrailRequirements,
): Evaluation<TrailBefore> {
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
  if (multiRegion && trail.IsMultiRegionTrail !== true) {
    // More regions mean more events and higher cost, so the owner must decide.
    findings.push(
      `The trail covers ${resource.region} only. Make it a multi-region trail if no other trail covers the rest.`,
    );
  }
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
