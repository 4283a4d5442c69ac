/** The versions of what takes part in a run. */
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { version as program } from "../package.json";

const REQUIREMENTS = path.join(__dirname, "..", "local", "emulator", "requirements.txt");

/** @returns name → version, in the order in which reports show them. */
export async function partVersions(): Promise<Record<string, string>> {
  const requirements = await readFile(REQUIREMENTS, "utf8");
  return {
    bailiwick: program,
    "Node.js": process.versions.node,
    ministack: /^ministack==(\S+)/m.exec(requirements)?.[1] ?? "of unknown version",
  };
}
