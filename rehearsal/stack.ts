/** A stack's file, as Pulumi would read it. */
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { readSettings, type Settings } from "../config";

export const programFolder = path.join(__dirname, "..");

export interface Stack {
  project: string;
  name: string;
  /** By full key, structured values as JSON: what Pulumi hands to the program. */
  configuration: Record<string, string>;
}

/**
 * @param name `local` reads Pulumi.local.yaml.
 * @param changes values that replace those of the file, by full key.
 */
export function readStack(name: string, changes: Record<string, unknown> = {}): Stack {
  const { config } = readYaml(`Pulumi.${name}.yaml`) as { config?: Record<string, unknown> };
  const { name: project } = readYaml("Pulumi.yaml") as { name: string };
  const configuration = Object.fromEntries(
    Object.entries({ ...config, ...changes }).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return { project, name, configuration };
}

/** The settings as the program reads them. @throws ConfigurationError */
export const settingsOf = (stack: Stack): Settings => readSettings(stack.configuration);

function readYaml(file: string): unknown {
  return parse(readFileSync(path.join(programFolder, file), "utf8"));
}
