/** What the command says when something goes wrong, and what it ends with. */

/** How a command ended. Scripts may rely on these. */
export const ExitCode = {
  /** Everything asked for was done; every drill held. */
  ok: 0,
  /** It ran, and the answer is bad: a drill did not hold, a build failed. */
  failed: 1,
  /** The command line asks for something that doesn't exist. Nothing was started. */
  usage: 2,
  /** This machine or the stack's configuration doesn't allow it. */
  setup: 3,
  /** A fault of the command itself. */
  internal: 70,
} as const;

/** For `--help`: one line a code. */
export const EXIT_CODES_HELP = `
Exit codes:
  0    done; every drill held
  1    it ran, and something did not hold
  2    the command line asks for something that doesn't exist; nothing was started
  3    this machine or the configuration doesn't allow it; the message says what to do
  70   a fault of the command itself; run it again with --verbose
  130  interrupted with Ctrl-C (143: by SIGTERM); everything was torn down`;

/** Something that a person can mend: what happened, to what, what to do. Shown without a stack trace. */
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

/** Errors that other folders throw for people to read. */
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
 * An error as text for the terminal: its message, the messages of what caused it, and a hint where it's nobody's mistake. With
 * `verbose` the stack as well.
 */
export function explainError(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  if (verbose) return `error: ${withCauses(error, (one) => one.stack ?? one.message)}`;
  const text = `error: ${withCauses(error, (one) => one.message || one.name)}`;
  if (exitCodeOf(error) !== ExitCode.internal) return text;
  return `${text}\nThat is not expected. Run it again with --verbose to see where it happened.`;
}

function withCauses(error: Error, text: (one: Error) => string): string {
  const lines = [text(error)];
  if (error instanceof AggregateError)
    lines.push(
      ...error.errors.map((one: unknown) => `  - ${one instanceof Error ? text(one) : String(one)}`),
    );
  let cause = error.cause;
  // A cause whose words already stand in the message would only repeat them.
  while (cause instanceof Error) {
    const said = text(cause);
    if (!lines.some((line) => line.includes(said))) lines.push(`  because: ${said}`);
    cause = cause.cause;
  }
  return lines.join("\n");
}

/** @returns the names nearest to a mistyped one, best first, at most three. */
export function nearest(wrong: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, distance: name.includes(wrong) ? 0 : editDistance(wrong, name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, name.length * 0.4))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
