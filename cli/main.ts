/** The `bailiwick` command: finds the subcommand, loads only that, runs it, and ends with its exit code. */
import { Command } from "commander";
import * as path from "node:path";
import { EXIT_CODES_HELP } from "./errors";
import { runProgram } from "./run-program";

interface Subcommand {
  name: string;
  summary: string;
  load: () => Command;
}

/* eslint-disable @typescript-eslint/no-require-imports -- `import()` of our own TypeScript would go past ts-node */
/** In the order of the help page. Summaries are here so that `--help` loads no subcommand. */
const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: "drill",
    summary: "start an organization on this machine, deploy, break every control, and report",
    load: () => (require("./local/drill") as typeof import("./local/drill")).drillCommand(),
  },
  {
    name: "up",
    summary: "keep an organization up on this machine for your own AWS clients",
    load: () => (require("./local/up") as typeof import("./local/up")).upCommand(),
  },
  {
    name: "down",
    summary: "end organizations that `up` keeps",
    load: () => (require("./local/down") as typeof import("./local/down")).downCommand(),
  },
  {
    name: "trace",
    summary: "show an event's path through an organization that is up",
    load: () => (require("./local/trace") as typeof import("./local/trace")).traceCommand(),
  },
  {
    name: "sign-in",
    summary: "sign in to the console of an account of an organization that is up",
    load: () => (require("./local/sign-in") as typeof import("./local/sign-in")).signInCommand(),
  },
  {
    name: "ledger",
    summary: "list what the controls did, to which resources, because of whom",
    load: () => (require("./hub/ledger") as typeof import("./hub/ledger")).ledgerCommand(),
  },
  {
    name: "undo",
    summary: "undo the fix of an outcome",
    load: () => (require("./hub/undo") as typeof import("./hub/undo")).undoCommand(),
  },
  {
    name: "breaker",
    summary: "list and close the circuit breakers that stop controls",
    load: () => (require("./hub/breaker") as typeof import("./hub/breaker")).breakerCommand(),
  },
  {
    name: "exemptions",
    summary: "list exemptions, and end those that an undo made",
    load: () => (require("./hub/exemptions") as typeof import("./hub/exemptions")).exemptionsCommand(),
  },
  {
    name: "dead-letters",
    summary: "list messages that controls and channels could not process, and resend them",
    load: () => (require("./hub/dead-letters") as typeof import("./hub/dead-letters")).deadLettersCommand(),
  },
  {
    name: "watch",
    summary: "notify a channel about an API call by its name",
    load: () => (require("./stack/watch") as typeof import("./stack/watch")).watchCommand(),
  },
  {
    name: "backtest",
    summary: "report what each control would have done, from CloudTrail's log files",
    load: () => (require("./history/backtest") as typeof import("./history/backtest")).backtestCommand(),
  },

  {
    name: "build",
    summary: "bundle the functions, as they are deployed, and the policy pack",
    load: () => (require("./stack/build") as typeof import("./stack/build")).buildCommand(),
  },
];
/* eslint-enable @typescript-eslint/no-require-imports */

/** @param argv as `process.argv` has it. Sets the exit code; never rejects. */
export const main = (argv: readonly string[]): Promise<void> =>
  runProgram(() => programFor(argv.slice(2)), argv);

/** The program with the wanted subcommand in full, and the others by name only. */
function programFor(words: readonly string[]): Command {
  const program = new Command("bailiwick")
    .description("Governs an AWS organization, and rehearses it on this machine.")
    .version(version(), "--version", "show the version")
    .option("--verbose", "show where an error happened")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .showSuggestionAfterError()
    .showHelpAfterError("(--help lists commands and options)")
    .exitOverride();
  program.addHelpText("after", EXIT_CODES_HELP);
  const wanted = words.filter((word) => !word.startsWith("-") && word !== "help")[0];
  for (const { name, summary, load } of SUBCOMMANDS) {
    if (name === wanted) {
      const command = load().summary(summary).helpOption("-h, --help", "show this help");
      inherit(program, command);
      program.addCommand(command.addHelpText("after", EXIT_CODES_HELP));
    } else program.command(name).summary(summary).description(summary);
  }
  return program;
}

/** Commander passes settings on only to commands it creates itself. */
function inherit(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(command, child);
}

function version(): string {
  const root = path.join(__dirname, "..");
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the fastest way to read a fixed file of our own
  return (require(path.join(root, "package.json")) as { version: string }).version;
}
