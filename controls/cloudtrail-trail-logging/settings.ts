/**
 * What a trail records beside its event selectors, and where to. What the organization's own trail must keep is known, because the
 * program deploys it; of other trails only a call shows what it changed.
 */
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import { detailValue, textIn } from "../lib/event-fields";
import type { OrganizationTrailSettings } from "../lib/remediation";

/** In CloudTrail's words; what it leaves out is absent. */
export interface TrailSettings {
  bucket?: string;
  prefix?: string;
  keyArn?: string;
  organization: boolean;
  multiRegion: boolean;
  globalEvents: boolean;
  insights: string[];
}

interface Fault {
  /** A sentence. */
  finding: string;
  /** What restores it, as a sentence in the infinitive. */
  remedy: string;
}

/** What differs from what the organization's own trail must keep. */
export function settingsFaults(now: TrailSettings, required: OrganizationTrailSettings): Fault[] {
  const faults: Fault[] = [];
  const fault = (finding: string, remedy: string) => faults.push({ finding, remedy });
  if (!now.organization)
    fault(
      "The trail no longer records the organization's member accounts.",
      "Make it the organization's trail again.",
    );
  if (!now.multiRegion)
    fault("The organization's trail covers one region only.", "Make it record every region again.");
  if (!now.globalEvents)
    fault(
      "The organization's trail leaves out the events of global services, such as IAM.",
      "Make it record the events of global services again.",
    );
  if (now.bucket !== required.bucket || now.prefix !== undefined)
    fault(
      `The trail's log files go to ${placeOf(now)} instead of ${required.bucket}.`,
      `Deliver its log files to ${required.bucket} again.`,
    );
  if (required.keyArn !== undefined && now.keyArn !== required.keyArn)
    fault(
      `The trail's log files are encrypted with ${now.keyArn ?? "no key of the organization's"} instead of ${required.keyArn}.`,
      "Encrypt its log files with the organization's key again.",
    );
  const lost = required.insights.filter((kind) => !now.insights.includes(kind));
  if (lost.length > 0)
    fault(
      `The trail no longer looks for ${lost.join(", ")}.`,
      "Look for the same kinds of Insights as before.",
    );
  return faults;
}

/** Whether a setting differs that UpdateTrail restores. */
export const needsUpdate = (now: TrailSettings, required: OrganizationTrailSettings): boolean =>
  settingsFaults({ ...now, insights: [...required.insights] }, required).length > 0;

/** UpdateTrail's parameters for these settings. An empty prefix removes one; a key can't be removed, but by another. */
export const updateOf = ({
  bucket,
  prefix,
  keyArn,
  organization,
  multiRegion,
  globalEvents,
}: Omit<TrailSettings, "insights">) => ({
  ...(bucket === undefined ? {} : { S3BucketName: bucket }),
  S3KeyPrefix: prefix ?? "",
  ...(keyArn === undefined ? {} : { KmsKeyId: keyArn }),
  IsOrganizationTrail: organization,
  IsMultiRegionTrail: multiRegion,
  IncludeGlobalServiceEvents: globalEvents,
});

/** What the organization's own trail must keep, as settings. */
export const requiredSettings = ({ bucket, keyArn, insights }: OrganizationTrailSettings): TrailSettings => ({
  bucket,
  ...(keyArn === undefined ? {} : { keyArn }),
  organization: true,
  multiRegion: true,
  globalEvents: true,
  insights: [...insights],
});

/**
 * What an UpdateTrail changed that may narrow or divert a trail, while the trail is still so: sentences. Nobody knows how it was before, so
 * each such call is reported.
 */
export function changesOfCall(event: EventBridgeEvent | undefined, now: TrailSettings): string[] {
  if (event?.detail["eventName"] !== "UpdateTrail") return [];
  const asked = (name: string) => detailValue(event, "requestParameters", name);
  const text = (name: string) => textIn(event, "requestParameters", name);
  const changes: string[] = [];
  if (asked("isOrganizationTrail") === false && !now.organization)
    changes.push("The call ended the recording of the organization's member accounts.");
  const [bucket, prefix, key] = [text("s3BucketName"), text("s3KeyPrefix"), text("kmsKeyId")];
  if ((bucket !== undefined && bucket === now.bucket) || (prefix !== undefined && prefix === now.prefix))
    changes.push(`The call says that its log files go to ${placeOf(now)}.`);
  if (key !== undefined && now.keyArn !== undefined)
    changes.push(`The call says that its log files are encrypted with ${now.keyArn}.`);
  return changes;
}

/** Errors of the last deliveries, as sentences: whoever takes the bucket's or the key's permissions away stops the files alone. */
export function deliveryFaults({
  files,
  digests,
}: {
  files?: string | undefined;
  digests?: string | undefined;
}): string[] {
  const fault = (what: string, error: string | undefined) =>
    error === undefined || error === ""
      ? []
      : [`CloudTrail can't deliver its ${what}: ${error}. Check the policies of bucket and key.`];
  return [...fault("log files", files), ...fault("digest files", digests)];
}

const placeOf = ({ bucket = "no bucket", prefix }: TrailSettings): string =>
  prefix === undefined ? bucket : `${bucket}/${prefix}`;
