/** The order of deletion: a dependent before what it depends on, independent resources concurrently. */
import type { ResourceState } from "./state";
import { parseUrn } from "./urn";

/** URNs of all resources that must be deleted later. */
function needs(record: ResourceState): Set<string> {
  const urns = new Set([...record.dependencies, ...Object.values(record.propertyDependencies).flat()]);
  if (record.parent) urns.add(record.parent);
  if (record.provider) urns.add(record.provider.slice(0, record.provider.lastIndexOf("::")));
  if (record.deletedWith) urns.add(record.deletedWith);
  urns.delete(record.urn);
  return urns;
}

/**
 * Calls `remove` for each record once all its dependents are removed. Dependencies of records that couldn't be removed
 * stay. Records that depend on each other in a circle come last, in any order.
 * @param remove resolves with whether the resource is gone; does not throw.
 */
export async function inDeletionOrder(
  records: readonly ResourceState[],
  remove: (record: ResourceState) => Promise<boolean>,
): Promise<void> {
  const byUrn = new Map<string, ResourceState[]>();
  for (const record of records) byUrn.set(record.urn, [...(byUrn.get(record.urn) ?? []), record]);
  const dependents = new Map<ResourceState, number>(records.map((record) => [record, 0]));
  const targets = (record: ResourceState) => [...needs(record)].flatMap((urn) => byUrn.get(urn) ?? []);
  for (const record of records)
    for (const target of targets(record)) dependents.set(target, (dependents.get(target) ?? 0) + 1);
  const waiting = new Set(records);
  const blocked = new Set<ResourceState>();
  const start = async (record: ResourceState): Promise<void> => {
    waiting.delete(record);
    const gone = !blocked.has(record) && (await remove(record));
    const next: ResourceState[] = [];
    for (const target of targets(record)) {
      if (!gone) blocked.add(target);
      const left = (dependents.get(target) ?? 1) - 1;
      dependents.set(target, left);
      if (left === 0 && waiting.has(target)) next.push(target);
    }
    await Promise.all(next.map(start));
  };
  await Promise.all(records.filter((record) => dependents.get(record) === 0).map(start));
  for (const record of [...waiting]) if (waiting.has(record)) await start(record);
}

/**
 * Resources that must be replaced together with `urn`, because it is deleted before its successor exists: they depend on
 * it by a property whose change replaces them.
 */
export function replacedTogether(
  urn: string,
  records: readonly ResourceState[],
  replaces: (record: ResourceState, property: string) => boolean,
): ResourceState[] {
  const found = new Set<ResourceState>();
  const visit = (target: string) => {
    for (const record of records) {
      if (found.has(record) || record.pendingDeletion || !record.custom) continue;
      const through = Object.entries(record.propertyDependencies).filter(([, urns]) => urns.includes(target));
      if (!through.some(([property]) => replaces(record, property))) continue;
      found.add(record);
      visit(record.urn);
    }
  };
  visit(urn);
  return [...found];
}

/** The name of a resource for people: `Queue "orders"`. */
export function displayName(urn: string): string {
  const { type, name } = parseUrn(urn);
  return `${type} "${name}"`;
}
