/** Trails log, and their log files can be verified. */
import * as v from "valibot";
import type { EventBridgeEvent } from "@bailiwick/aws-events/record";
import type { Control } from "../lib/control";
import { type ResourceReference, resourceFrom, type ResourceShape } from "../lib/resources";
import { tagsIn } from "../lib/tags";
import { apiCalls, detailValue } from "../lib/event-fields";
import { parametersOf } from "../lib/parameters";

export interface TrailRequirements {
  /** Whether a single-region trail is reported. Default true. */
  multiRegion: boolean;
  /** Event sources whose management events a trail may leave out, as `kms.amazonaws.com` for its volume. Default none. */
  mayExclude: string[];
}

export const TRAIL: ResourceShape = {
  type: "AWS::CloudTrail::Trail",
  id: /^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/,
  arn: ({ partition, account, region, id }) => `arn:${partition}:cloudtrail:${region}:${account}:trail/${id}`,
};

const EXCLUDABLE = ["kms.amazonaws.com", "rdsdata.amazonaws.com"] as const;

export const parameters = parametersOf({
  multiRegion: v.optional(v.boolean("true or false"), true),
  // The two that CloudTrail's basic selectors can leave out.
  mayExclude: v.optional(
    v.pipe(
      v.array(v.picklist(EXCLUDABLE, EXCLUDABLE.join(" or ")), "a list of event sources"),
      v.metadata({ example: `[${EXCLUDABLE[0]}]` }),
    ),
    [],
  ),
});

export const control: Control<TrailRequirements> = {
  id: "cloudtrail-trail-logging",
  title: "CloudTrail trails log all management events and validate their files",
  description:
    "An intruder who wants to stay unseen first stops the trail, or narrows what it records. A trail that was stopped is started " +
    "again, and its management events and file validation are restored. A deleted trail can't be restored, so it is reported.",
  severity: "critical",
  frameworks: [
    "CIS AWS Foundations 3.0 3.1",
    "CIS AWS Foundations 3.0 3.2",
    "AWS FSBP CloudTrail.1",
    "AWS FSBP CloudTrail.4",
  ],
  resourceType: TRAIL.type,
  pattern: apiCalls("cloudtrail", ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors"]),
  resource: trailOf,
  requiresTrailReads: true,
  permissions: (scope) => [
    {
      Sid: "ReadTrail",
      Effect: "Allow",
      Action: [
        "cloudtrail:GetTrail",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:ListTags",
      ],
      // Any account: an organization's trail belongs to its management account, and members may read it.
      Resource: TRAIL.arn({ ...scope, account: "*" }),
    },
    {
      Sid: "RestoreTrail",
      Effect: "Allow",
      Action: ["cloudtrail:StartLogging", "cloudtrail:PutEventSelectors", "cloudtrail:UpdateTrail"],
      Resource: TRAIL.arn(scope),
    },
  ],
  undoPermissions: (scope) => [
    { Sid: "StopTrail", Effect: "Allow", Action: "cloudtrail:StopLogging", Resource: TRAIL.arn(scope) },
  ],
  tagging: {
    pattern: (key) => ({
      ...apiCalls("cloudtrail", ["AddTags", "RemoveTags"]),
      detail: {
        ...apiCalls("cloudtrail", ["AddTags", "RemoveTags"]).detail,
        requestParameters: { tagsList: { key: [key] } },
      },
    }),
    resources: taggedTrail,
  },
  parameters,
  remediationSteps:
    "Start logging on the trail, make it record all management events (read and write), and enable log file validation. If it was " +
    "deleted, create it again with the same bucket; the files it delivered are still there. Then find out who changed it, and why.",
};

/** Calls name a trail by its name, which is valid in its home region, or by its ARN, which contains the home region. */
function trailOf(event: EventBridgeEvent): ResourceReference | undefined {
  const named =
    detailValue(event, "requestParameters", "name") ?? detailValue(event, "requestParameters", "trailName");
  return trailNamed(event, named);
}

function trailNamed(event: EventBridgeEvent, named: unknown): ResourceReference | undefined {
  if (typeof named !== "string") return undefined;
  if (!named.startsWith("arn:")) return resourceFrom(event, TRAIL, named);
  const [, partition, service, region, account, path, ...rest] = named.split(":");
  if (service !== "cloudtrail" || rest.length > 0 || !path?.startsWith("trail/")) return undefined;
  const reference = resourceFrom(event, TRAIL, path.slice("trail/".length), region);
  if (reference?.arn === named) return reference;
  // The trail of another account: the organization's, seen from a member. Only its own account can change it.
  const owned = resourceFrom(
    { ...event, account: account ?? "" },
    TRAIL,
    path.slice("trail/".length),
    region,
  );
  return reference && owned?.arn === named && partition ? { ...reference, arn: named } : undefined;
}

function taggedTrail(event: EventBridgeEvent, key: string) {
  const name = event.detail["eventName"];
  if (name !== "AddTags" && name !== "RemoveTags") return [];
  const tags = tagsIn(detailValue(event, "requestParameters", "tagsList"), "key", "value");
  const named = detailValue(event, "requestParameters", "resourceId");
  const resource = tags.has(key) ? trailNamed(event, named) : undefined;
  return resource ? [{ resource, value: name === "AddTags" ? tags.get(key) : undefined }] : [];
}
