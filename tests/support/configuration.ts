/** A valid configuration to change values of, and the faults that result. */
import assert from "node:assert/strict";
import { ConfigurationError, readSettings, type Fault } from "../../config";

/** The required values of every stack, and one further region. */
export const valid = {
  organizationId: "o-a1b2c3d4e5",
  homeRegion: "eu-west-1",
  regions: ["eu-central-1"],
  management: { id: "111111111111" },
  security: { id: "222222222222" },
  logArchive: { id: "333333333333" },
  members: [{ name: "payments", id: "444444444444" }],
};

/** Values as Pulumi passes them: strings as they are, everything else as JSON. */
export const asPulumi = (values: object) =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`bailiwick:${key}`, typeof value === "string" ? value : JSON.stringify(value)]),
  );

/** @returns a configuration's faults. */
export function faultsOf(values: object): Fault[] {
  try {
    readSettings(asPulumi(values));
  } catch (error) {
    assert(error instanceof ConfigurationError, String(error));
    return error.faults;
  }
  return [];
}
