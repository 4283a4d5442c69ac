/** What is wrong with a configuration, and the one error that lists it. */
import * as pulumi from "@pulumi/pulumi";

/** The namespace of every key that the program reads. */
export const NAMESPACE = "bailiwick";

/** One thing wrong with the configuration. */
export interface Fault {
  /** For example `bailiwick:members[0].id`. */
  path: string;
  found: string;
  expected: string;
  /** As YAML. */
  example: string;
  /** Keys that this fault presumes right: if one of them is faulty, it isn't reported. Default: none. */
  given?: readonly string[];
}

/** Lists everything that is wrong with a stack's configuration. A RunError: Pulumi shows its message without a stack trace. */
export class ConfigurationError extends pulumi.RunError {
  override name = "ConfigurationError";
  constructor(readonly faults: Fault[]) {
    const lines = faults.map(
      ({ path, found, expected, example }) =>
        `  ${path}: found ${found}, expected ${expected}, for example ${example}`,
    );
    const count = faults.length === 1 ? "one fault" : `${faults.length} faults`;
    super(`The stack's configuration has ${count} (edit Pulumi.<stack>.yaml):\n${lines.join("\n")}`);
  }
}
