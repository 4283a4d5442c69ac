/** What reading, tagging and untagging an instance with its parts needs. */
import type { Control } from "../lib/control";
import { allowReading, allValues, type PermissionScope } from "../lib/permissions";
import { INSTANCE } from "../lib/resources";
import { TAG_KEYS } from "./who";

/** The parts of an instance that are tagged with it. */
export const PARTS = ["volume", "network-interface"] as const;

export const partArn = (
  { partition, account, region }: Pick<PermissionScope, "partition" | "account" | "region">,
  kind: (typeof PARTS)[number],
  id: string,
): string => `arn:${partition}:ec2:${region}:${account}:${kind}/${id}`;

/** What may be tagged: by the role any instance's parts; by a session those of its instance, once evaluation has found them. */
const taggable = ({ partition, account, region, id, beside = [] }: PermissionScope): string[] => [
  INSTANCE.arn({ partition, account, region, id }),
  ...(id === "*" ? PARTS.map((kind) => partArn({ partition, account, region }, kind, "*")) : beside),
];

/** A DeleteTags that names no tags removes all of them: it has none of these keys, so it is refused. */
const ONLY_THESE_TAGS = allValues("aws:TagKeys", TAG_KEYS);

export const permissions: Pick<Control, "readPermissions" | "fixPermissions" | "undoPermissions"> = {
  readPermissions: (scope) => [
    allowReading(
      "ReadInstances",
      ["ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeNetworkInterfaces"],
      scope,
    ),
  ],
  fixPermissions: (scope) => [
    {
      Sid: "TagOwner",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: taggable(scope),
      Condition: ONLY_THESE_TAGS,
    },
  ],
  undoPermissions: (scope) => [
    {
      Sid: "TakeOwnerBack",
      Effect: "Allow",
      Action: "ec2:DeleteTags",
      Resource: taggable(scope),
      Condition: ONLY_THESE_TAGS,
    },
  ],
};
