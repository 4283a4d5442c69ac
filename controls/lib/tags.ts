/** How CloudTrail writes down tags, and how services give them. */
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";

/** The tags of a record, whether there is one or a list of them. `key` and `value` are the service's own words. */
export function tagsIn(value: Json | undefined, key: string, named: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const tag of Array.isArray(value) ? value : [value]) {
    if (!isJsonObject(tag)) continue;
    const [name, text] = [tag[key], tag[named]];
    if (typeof name === "string") tags.set(name, typeof text === "string" ? text : "");
  }
  return tags;
}

/** Tags as the SDK lists them. */
export function tagRecord(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}
