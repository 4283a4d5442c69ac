/** `bailiwick drill`, which is `npm start`: its options. drill-run.ts does the work. */
import { Command, InvalidArgumentError } from "commander";
import * as path from "node:path";
import { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_MILLISECONDS } from "../../rehearsal/drill/run-drills";
import { WEATHER_CONCURRENCY, WEATHER_DRILL_OPTIONS } from "../../rehearsal/weather";
import type { DrillCommandOptions } from "./drill-run";

const DEFAULT_REPORT = path.join("out", "drill-report.html");

export function drillCommand(): Command {
  return new Command("drill")
    .description(
      "Starts an AWS organization on this machine, deploys the program into it, breaks every control's required state in every " +
        "member account and region, watches until it is remediated, writes a report, and tears everything down.",
    )
    .argument("[control...]", "only these controls, by id")
    .option("--account <name or id>", "only this member account; may be repeated", collect, [])
    .option("--region <region>", "only this region; may be repeated", collect, [])
    .option("--report <file>", "write the report page to this file", DEFAULT_REPORT)
    .option("--picture <file>", "also write the report's drawings as one SVG file")
    .option("--json", "print the report as JSON instead of tables")
    .option(
      "--weather [seed]",
      "drill while the organization is as slow, stale and busy as AWS; a seed repeats an earlier run's weather",
      weatherSeed,
    )
    .option("--keep", "keep the organization up afterwards, until Ctrl-C")
    .option(
      "--concurrency <number>",
      `drills under way at once (default: ${DEFAULT_CONCURRENCY}, in weather ${WEATHER_CONCURRENCY})`,
      wholeNumber,
    )
    .option(
      "--timeout <seconds>",
      `longest wait for a good state (default: ${seconds(DEFAULT_TIMEOUT_MILLISECONDS)}, in weather ${seconds(WEATHER_DRILL_OPTIONS.timeoutMilliseconds)})`,
      wholeNumber,
    )
    .action(async (controls: string[], _, command: Command) => {
      const options = command.optsWithGlobals<DrillCommandOptions>();
      // With everything a run needs, `--help` would take a second.
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import()` of our own TypeScript would go past ts-node
      const { drill } = require("./drill-run") as typeof import("./drill-run");
      await drill(controls, options);
    });
}

/** @returns undefined for any weather. */
function weatherSeed(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("A seed is a whole number from 0, as an earlier run printed it.");
  return number;
}

const collect = (value: string, before: string[]) => [...before, value];

const seconds = (milliseconds: number) => milliseconds / 1000;

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return number;
}
