/** The consequence of a difference for a resource. */
import { changedPaths, matchesPath } from "./diff";
import type { ResourceType } from "./resource-type";
import type { ResourceState } from "./state";
import { plainProperties } from "./values";

export type Decision = "create" | "update" | "replace" | "same";

/**
 * Paths of the changes, among them `provider` when the resource has another provider now.
 * @param renamed URNs of this run by the URNs that the same resources had before.
 */
export function changesOf(
  type: ResourceType,
  old: ResourceState,
  record: ResourceState,
  renamed: ReadonlyMap<string, string> = new Map(),
): string[] {
  // How far its creation came is unknown, so everything is set again.
  if (old.incomplete) return [...new Set([...Object.keys(record.inputs), ...(type.effective ?? [])])].sort();
  const changed = changedPaths(old.inputs, record.inputs);
  const providerOf = (reference: string | undefined) => {
    const urn = reference?.slice(0, reference.lastIndexOf("::"));
    return urn === undefined ? undefined : (renamed.get(urn) ?? urn);
  };
  return providerOf(old.provider) === providerOf(record.provider) ? changed : [...changed, "provider"];
}

export function decide(
  type: ResourceType,
  old: ResourceState | undefined,
  record: ResourceState,
  changed: readonly string[],
  replaceOnChanges: readonly string[],
): Decision {
  if (old === undefined) return "create";
  if (changed.length === 0) return "same";
  const reasons = old.incomplete ? changedPaths(old.inputs, record.inputs) : changed;
  const replaces = reasons.some(
    (path) =>
      path === "provider" ||
      type.replaceOn.some((pattern) => matchesPath(pattern, path)) ||
      replaceOnChanges.some((pattern) => matchesPath(pattern, path, true)),
  );
  return replaces ? "replace" : "update";
}

/** Must the old resource be deleted before the new one is created? On request, or because both would have the same name. */
export function deletesFirst(
  type: ResourceType,
  requested: boolean | undefined,
  old: ResourceState,
  record: ResourceState,
): boolean {
  if (requested !== undefined) return requested;
  const input = type.name?.input;
  return input !== undefined && plainProperties(old.inputs)[input] === plainProperties(record.inputs)[input];
}

/** @returns whether a change of this property alone replaces a resource of this type. */
export function isReplacing(type: ResourceType, property: string): boolean {
  return type.replaceOn.some((pattern) => matchesPath(pattern, property));
}
