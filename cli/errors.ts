/** Error messages and exit codes of the command. */

/** How a command ended; scripts may rely on these. */
export const ExitCode = {
  /** Everything was done; every drill held. */
  ok: 0,
  /** It ran, and the result is bad: a drill did not hold, a build failed. */
  failed: 1,
  /** The command line names something that doesn't exist. Nothing was started. */
  usage: 2,
  /** This machine or the stack's configuration prevents it. */
  setup: 3,
  /** An error in the command itself. */
  internal: 70,
} as const;

/** For `--help`: one line a code. */
export const EXIT_CODES_HELP = `
Exit codes:
  0    done; every drill held
  1    it ran, and something did not hold
  2    the command line names something that doesn't exist; nothing was started
  3    this machine or the configuration prevents it; the message says what to do
  70   an error in the command itself; run it again with --verbose
  130  interrupted with Ctrl-C (143: by SIGTERM); everything was torn down`;

/** An error that a person can fix; its message says what happened, to what, and what to do. Shown without a stack trace. */
export class CommandError extends Error {
  override name = "CommandError";
  constructor(
    message: string,
    readonly exitCode: number = ExitCode.failed,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Names of errors of other folders whose messages are for people. */
const FOR_PEOPLE = new Set([
  "CommandError",
  "EmulatorInstallError",
  "ConfigurationError",
  "EngineError",
  "EnvironmentError",
  "DeploymentError",
  "ProgramError",
  "PolicyError",
  "AbortedError",
]);

/** @returns the exit code that belongs to an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof Error && error.name === "OrganizationEndedError") return ExitCode.failed;
  if (error instanceof Error && FOR_PEOPLE.has(error.name)) return ExitCode.setup;
  return ExitCode.internal;
}

/**
 * An error as text for the terminal: its message, its causes' messages, and a hint when it is unexpected. With `verbose` the stack too.
 */
export function explainError(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  if (verbose) return `error: ${withCauses(error, ({ stack, message }) => stack ?? message)}`;
  const text = `error: ${withCauses(error, ({ message, name }) => message || name)}`;
  if (exitCodeOf(error) !== ExitCode.internal) return text;
  return `${text}\nThis is unexpected. Run it again with --verbose to see where it happened.`;
}

function withCauses(error: Error, text: (error: Error) => string): string {
  const lines = [text(error)];
  if (error instanceof AggregateError)
    lines.push(
      ...error.errors.map((each: unknown) => `  - ${each instanceof Error ? text(each) : String(each)}`),
    );
  let cause = error.cause;
  // A cause that the message already contains is not repeated.
  while (cause instanceof Error) {
    const causeText = text(cause);
    if (!lines.some((line) => line.includes(causeText))) lines.push(`  because: ${causeText}`);
    cause = cause.cause;
  }
  return lines.join("\n");
}
