/** `bailiwick bench`: figures that the documentation states, measured again. Exit code 1 when a target is missed. */
import { Command } from "commander";
import { backtestBench } from "./backtest";
import { deliveryBench } from "./delivery";
import { gatewayBench } from "./gateway";
import { patternsBench } from "./patterns";
import { runtimeBench } from "./runtime";

export { backtestBench, deliveryBench, gatewayBench, patternsBench, runtimeBench };

export function benchCommand(): Command {
  return new Command("bench")
    .description("Measures on this machine what the documentation claims, beside baselines in the same run.")
    .addCommand(patternsBench())
    .addCommand(backtestBench())
    .addCommand(deliveryBench())
    .addCommand(gatewayBench())
    .addCommand(runtimeBench());
}
