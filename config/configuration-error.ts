/** What is wrong with a configuration, and the one error that says all of it. */
import * as pulumi from "@pulumi/pulumi";

/** Of every key that the program reads. */
export const NAMESPACE = "bailiwick";

/** One thing wrong with the configuration. */
export interface Fault {
  /** For example `bailiwick:members[0].id`. */
  path: string;
  found: string;
  expected: string;
  /** As YAML. */
  example: string;
  /** The keys that must be right for this to be a fault at all. Absent: whatever else is wrong. */
  given?: readonly string[];
}

/** Everything that is wrong with a stack's configuration, at once. A RunError: Pulumi shows its message without a stack trace. */
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
