/** Makes a provider's inputs from the program's: only known properties, with name, region and tags filled in. */
import { randomBytes } from "node:crypto";
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import type { Session } from "./aws";
import { EngineError } from "./errors";
import type { ResourceType } from "./resource-type";
import { isSecret, UNKNOWN, type Properties } from "./values";

interface Checked {
  inputs: Properties;
  /** The name was generated here. */
  autonamed: boolean;
}

const RANDOM_HEX_DIGITS = 7;

/**
 * @param old present inputs of the resource, if it exists: a generated name is kept.
 * @param session undefined when the provider is not known yet (preview).
 * @throws EngineError for properties that the type does not know, and for a missing region.
 */
export function check(
  token: string,
  type: ResourceType,
  name: string,
  given: Properties,
  session: Session | undefined,
  old: { inputs: Properties; autonamed?: boolean } | undefined,
  preview: boolean,
): Checked {
  const inputs: Properties = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const known = type.global ? type.inputs : [...type.inputs, "region"];
  const unknown = Object.keys(inputs).filter((key) => !known.includes(key) || key === "tagsAll");
  if (unknown.length > 0)
    throw new EngineError(
      `The local engine's ${token} does not know the propert${unknown.length === 1 ? "y" : "ies"} ${unknown.join(", ")}. ` +
        "Leave it out of this stack, or add it in engine/providers/ of @bailiwick/local-aws.",
    );
  if (!type.global && inputs["region"] === undefined) {
    if (session !== undefined && session.region === undefined)
      throw new EngineError(
        "No region: give the resource or its provider one, or set aws:region or AWS_REGION.",
      );
    inputs["region"] = session?.region ?? UNKNOWN;
  }
  if (type.inputs.includes("tagsAll")) inputs["tagsAll"] = allTags(inputs["tags"], session);
  let autonamed = false;
  if (type.name && (inputs[type.name.input] === undefined || inputs[type.name.input] === "")) {
    const kept = old?.autonamed ? old.inputs[type.name.input] : undefined;
    autonamed = true;
    inputs[type.name.input] = kept ?? (preview ? UNKNOWN : madeUpName(type.name, name, inputs));
  }
  return { inputs, autonamed };
}

function allTags(tags: Json | undefined, session: Session | undefined): Json {
  const own = isSecret(tags) ? tags["value"] : tags;
  if (own === UNKNOWN || session === undefined) return UNKNOWN;
  return { ...session.defaultTags, ...(isJsonObject(own) ? own : {}) };
}

/** As Pulumi does: the resource's name, a dash, seven random hexadecimal digits. */
function madeUpName(rule: NonNullable<ResourceType["name"]>, name: string, inputs: Properties): string {
  const suffix = `-${randomBytes(4).toString("hex").slice(0, RANDOM_HEX_DIGITS)}${rule.suffix?.(inputs) ?? ""}`;
  const stem = rule.lowerCase ? name.toLowerCase() : name;
  return stem.slice(0, rule.maximum - suffix.length) + suffix;
}
