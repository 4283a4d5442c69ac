/** `npm run bench`: measures again the figures that the documentation states. Exit code 1 when a target is missed. */
import { Command } from "commander";
import { backtestBench } from "./backtest";
import { deliveryBench } from "./delivery";
import { gatewayBench } from "./gateway";
import { patternsBench } from "./patterns";
import { runtimeBench } from "./runtime";

export function benchCommand(): Command {
  const bench = new Command("npm run bench --")
    .description("Measures on this machine what the documentation claims, with baselines in the same run.")
    .option("--verbose", "show where an error happened")
    .exitOverride();
  for (const command of [patternsBench(), backtestBench(), deliveryBench(), gatewayBench(), runtimeBench()])
    bench.addCommand(command.copyInheritedSettings(bench));
  return bench;
}
