/** The valid part of a faulty configuration, so that one error also lists what only values together show. */
import * as v from "valibot";
import { configurationSchema, type Configuration } from "./schema";

interface ValidPart {
  configuration: Configuration;
  /** The top-level keys from which something was removed. */
  faultyKeys: ReadonlySet<string>;
}

/** Stand in for required values that are missing or faulty: accounts that nobody has. */
const PLACEHOLDERS: Record<string, unknown> = {
  organizationId: "o-0000000000",
  homeRegion: "us-east-1",
  management: { id: "000000000001" },
  security: { id: "000000000002" },
  logArchive: { id: "000000000003" },
  members: [],
};

const MAX_ROUNDS = 10;

/** Removes what the schema refuses, and whole lists for one of their items: positions in a list are part of faults' paths. */
export function validPart(values: Record<string, unknown>): ValidPart | undefined {
  const rest = structuredClone(values);
  const faultyKeys = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = v.safeParse(configurationSchema, rest);
    if (result.success) return { configuration: result.output, faultyKeys };
    for (const { path = [] } of result.issues) {
      const keys = path.map(({ key }) => key);
      const list = keys.findIndex((key) => typeof key === "number");
      const names = keys.slice(0, list < 0 ? keys.length : list).map(String);
      faultyKeys.add(names[0] ?? "");
      remove(rest, names);
    }
  }
  return undefined;
}

/** Removes a value; where a required one is missing, what should hold it. */
function remove(rest: Record<string, unknown>, names: readonly string[]): void {
  const last = names.at(-1);
  if (last === undefined) return;
  const parents = names.slice(0, -1);
  const holder = parents.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), rest);
  if (isRecord(holder) && Object.hasOwn(holder, last)) delete holder[last];
  else if (parents.length > 0) remove(rest, parents);
  if (parents.length === 0 && Object.hasOwn(PLACEHOLDERS, last))
    rest[last] = structuredClone(PLACEHOLDERS[last]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
