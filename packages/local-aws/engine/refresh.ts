/** Compares the deployed resources with the present ones. */
import { changedPaths, splitPath } from "./diff";
import { AbortedError, DeploymentError, type ResourceFailure } from "./errors";
import { failure, PROVIDER_PREFIX } from "./operations";
import type { Run } from "./run";
import type { ResourceState } from "./state";
import type { Drift, RefreshResult } from "./types";
import { isJsonObject, type Json } from "@bailiwick/aws-events/record";
import { hasSecret, plainProperties, withSecrets, type Properties } from "./values";

/** Reads every resource of the state. Deviations from the program are reported, and the next `up` corrects them. */
export async function refreshState({ file, operations, report, signal }: Run): Promise<RefreshResult> {
  const started = Date.now();
  report.emit({ kind: "phase", phase: "refresh" });
  const records = file.state.resources.filter(
    (record) => record.custom && !record.type.startsWith(PROVIDER_PREFIX),
  );
  const failures: ResourceFailure[] = [];
  const drift: Drift[] = [];
  await Promise.all(
    records.map(async (record) => {
      if (signal?.aborted) return;
      try {
        const found = await operations.read(record);
        const differs = found === undefined ? gone(record) : takeIn(record, found);
        if (found === undefined) file.state.resources.splice(file.state.resources.indexOf(record), 1);
        if (differs) drift.push(differs);
      } catch (error) {
        failures.push(report.failed(failure(record.urn, "read", error)));
      }
    }),
  );
  await file.save();
  if (signal?.aborted) throw new AbortedError(report.result({}));
  if (failures.length > 0) throw new DeploymentError(failures, report.result({}));
  return { drift, read: records.length, milliseconds: Date.now() - started };
}

function gone({ urn, type, name }: ResourceState): Drift {
  return { urn, type, name, kind: "gone", differences: [] };
}

/** Compares only the properties that the program set. */
function takeIn(
  record: ResourceState,
  found: { inputs: Properties; outputs: Properties },
): Drift | undefined {
  const said = plainProperties(record.inputs);
  const is: Properties = {};
  for (const [key, value] of Object.entries(said))
    is[key] = key in found.inputs ? comparable(value, found.inputs[key] ?? null, key) : value;
  const outputs = plainProperties(record.outputs);
  record.outputs = withSecrets({ ...outputs, ...found.outputs }, record.outputs, []);
  const paths = changedPaths(said, is);
  if (paths.length === 0) return undefined;
  const secretKeys = Object.keys(record.inputs).filter((key) => hasSecret(record.inputs[key]));
  const show = (properties: Properties, path: string) =>
    secretKeys.includes(splitPath(path)[0] ?? "") ? "[secret]" : shown(at(properties, path));
  const differences = paths.map((path) => ({ path, expected: show(said, path), found: show(is, path) }));
  record.inputs = withSecrets(plainProperties(is), record.inputs, []);
  const { urn, type, name } = record;
  return { urn, type, name, kind: "changed", differences };
}

/** Maps with keys of the user's choice, where an additional key is a difference. In other objects it is a default of the service. */
const MAPS = ["tags", "tagsAll", "variables", "inputPaths"];

function comparable(said: Json, found: Json, name: string): Json {
  if (found === null && (said === "" || (Array.isArray(said) && said.length === 0))) return said;
  if (Array.isArray(said) && Array.isArray(found) && said.length === found.length)
    return said.map((item, index) => comparable(item, found[index] ?? null, name));
  if (!isJsonObject(said) || !isJsonObject(found) || MAPS.includes(name)) return found;
  return Object.fromEntries(
    Object.entries(said).map(([key, value]) => [key, comparable(value, found[key] ?? null, key)]),
  );
}

function at(properties: Properties, path: string): Json | undefined {
  let value: Json | undefined = properties;
  for (const member of splitPath(path))
    value = Array.isArray(value) ? value[Number(member)] : isJsonObject(value) ? value[member] : undefined;
  return value;
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
