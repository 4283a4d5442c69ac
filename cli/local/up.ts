/** `bailiwick up`, which is `npm run org`: what can be asked of it. What it does stands in keep-up.ts. */
import { Command } from "commander";

export interface UpOptions {
  json?: boolean;
  verbose?: boolean;
}

export function upCommand(): Command {
  return new Command("up")
    .description(
      "Brings up an AWS organization on this machine, deploys the program into it, says how to point AWS clients at it, and keeps it " +
        "up until Ctrl-C or `bailiwick down`.",
    )
    .option("--json", "print endpoint and accounts as one line of JSON, then outcomes, a line each")
    .action(async (_, command: Command) => {
      // With everything a run needs, `--help` would take a second.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import()` of our own TypeScript would go past ts-node
      const { up } = require("./keep-up") as typeof import("./keep-up");
      await up(command.optsWithGlobals<UpOptions>());
    });
}
