/** What of a faulty configuration is right, so that one round shows what single values can't show, too. */
import * as v from "valibot";
import { configurationSchema, type Configuration } from "./schema";

export interface Salvaged {
  known: Configuration;
  /** The keys that something was taken from. */
  wrong: ReadonlySet<string>;
}

/** For what every configuration must have, and this one has not: nobody's accounts. */
const STAND_INS: Record<string, unknown> = {
  organizationId: "o-0000000000",
  homeRegion: "us-east-1",
  management: { id: "000000000001" },
  security: { id: "000000000002" },
  logArchive: { id: "000000000003" },
  members: [],
};

const MOST_ROUNDS = 10;

/** Leaves out what the schema refuses, lists as a whole: their places are part of faults' paths. */
export function salvage(given: Record<string, unknown>): Salvaged | undefined {
  const rest = structuredClone(given);
  const wrong = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const result = v.safeParse(configurationSchema, rest);
    if (result.success) return { known: result.output, wrong };
    for (const { path = [] } of result.issues) {
      const keys = path.map(({ key }) => key);
      const list = keys.findIndex((key) => typeof key === "number");
      const names = keys.slice(0, list < 0 ? keys.length : list).map(String);
      wrong.add(names[0] ?? "");
      leaveOut(rest, names);
    }
  }
  return undefined;
}

/** What isn't there can't be left out: then what should have it is. */
function leaveOut(rest: Record<string, unknown>, names: readonly string[]): void {
  const last = names.at(-1);
  if (last === undefined) return;
  const around = names.slice(0, -1);
  const parent = around.reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), rest);
  if (isRecord(parent) && Object.hasOwn(parent, last)) delete parent[last];
  else if (around.length > 0) leaveOut(rest, around);
  if (around.length === 0 && Object.hasOwn(STAND_INS, last)) rest[last] = structuredClone(STAND_INS[last]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
