/** XML as JSON, as CloudTrail shows the bodies of S3's calls and of EC2's newer ones. */
import type { Json, JsonObject } from "@bailiwick/aws-events/record";
import type { XmlElement } from "../gateway/xml";

/**
 * Repeated elements become an array, attributes become members, text beside attributes becomes `content`, an empty element `""`,
 * and text that looks like a boolean or a number becomes one.
 */
export function xmlToJson(element: XmlElement): Json {
  const object: JsonObject = {};
  for (const [name, value] of Object.entries(element.attributes))
    object[name.replace(/^xmlns:.*/, name)] = value;
  for (const child of element.children) {
    const value = xmlToJson(child);
    const present = object[child.name];
    if (present === undefined) object[child.name] = value;
    else if (Array.isArray(present)) present.push(value);
    else object[child.name] = [present, value];
  }
  const text = element.children.length === 0 ? element.text : "";
  if (Object.keys(object).length === 0) return typed(text);
  if (text.trim() !== "") object["content"] = typed(text);
  return object;
}

/** XML has no types, so an account's id becomes a number too, unless it begins with a zero. */
export function typed(text: string): Json {
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text);
  return text;
}
