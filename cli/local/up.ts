/** `bailiwick up`, which is `npm run org`: its options. keep-up.ts does the work. */
import { Command } from "commander";
import type { UpOptions } from "./keep-up";

export function upCommand(): Command {
  return new Command("up")
    .description(
      "Starts an AWS organization on this machine, deploys the program into it, shows how to point AWS clients at it, and keeps it up " +
        "until Ctrl-C or `bailiwick down`.",
    )
    .option("--json", "print endpoint and accounts as one line of JSON, then one line for each outcome")
    .action(async (_, command: Command) => {
      // With everything a run needs, `--help` would take a second.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import()` of our own TypeScript would go past ts-node
      const { up } = require("./keep-up") as typeof import("./keep-up");
      await up(command.optsWithGlobals<UpOptions>());
    });
}
