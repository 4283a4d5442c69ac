/** Runs a commander program to its exit code. */
import { CommanderError, type Command } from "commander";
import { ExitCode, exitCodeOf, explainError } from "./errors";

/**
 * @param build makes the program; `exitOverride` must be set on it.
 * @param argv as `process.argv` has it. Sets the exit code; never rejects.
 */
export async function runProgram(build: () => Command, argv: readonly string[]): Promise<void> {
  // `| head` has read enough, which is no error.
  process.stdout.on("error", () => process.exit(ExitCode.ok));
  const verbose = argv.includes("--verbose") || Boolean(process.env["DEBUG"]);
  try {
    await build().parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version arrive here too, with 0; commander has printed its message already.
      process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
      return;
    }
    process.stderr.write(`${explainError(error, verbose)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
