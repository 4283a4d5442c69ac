/** The versions of the components of a run. */
import { emulatorVersion } from "@bailiwick/local-aws/emulator";
import { version as program } from "../../package.json";

/** @returns name → version, in the order that reports show. */
export async function componentVersions(): Promise<Record<string, string>> {
  return {
    bailiwick: program,
    "Node.js": process.versions.node,
    ministack: await emulatorVersion(),
  };
}
