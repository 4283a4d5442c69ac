/** The result of a run for the terminal. */
import Table from "cli-table3";
import picocolors from "picocolors";
import type { DrillResult } from "../types";
import { messagesText } from "./messages";
import { allHeld, causesOf, milliseconds, seconds, verdict, type DrillReport } from "./report";

interface TextOptions {
  colors: boolean;
}

/** Table, causes of failures and figures. */
export function renderText(report: DrillReport, { colors }: TextOptions): string {
  const paint = picocolors.createColors(colors);
  const { summary } = report;
  const parts = [renderTable(report.results, { colors })];
  for (const { cause, results } of causesOf(report.results)) {
    const where = results.map(
      ({ control, accountName, region }) => `${control} · ${accountName} · ${region}`,
    );
    parts.push([paint.red(`✗ ${cause}`), ...where.map((line) => paint.dim(`    ${line}`))].join("\n"));
  }
  const good = allHeld(summary);
  const mark = good ? paint.green(`✓ ${verdict(summary)}`) : paint.red(`✗ ${verdict(summary)}`);
  const { latency } = summary;
  const figures = latency
    ? `From offending call to good state: median ${milliseconds(latency.median)}, 95th percentile ` +
      `${milliseconds(latency.p95)}, slowest ${milliseconds(latency.maximum)}`
    : "No offended resource returned to a good state.";
  const phases = report.phases.map(({ name, milliseconds: took }) => `${name} ${seconds(took)}`).join(", ");
  const notified = report.messages ? [`Notified: ${messagesText(report.messages)}`] : [];
  parts.push([mark, figures, ...notified, paint.dim(`Time: ${phases}`)].join("\n"));
  return parts.join("\n\n");
}

const LINES = [
  ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
  ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
];

export function renderTable(results: readonly DrillResult[], { colors }: TextOptions): string {
  const paint = picocolors.createColors(colors);
  const yes = (value: boolean) => (value ? paint.green("yes") : paint.red("no"));
  const table = new Table({
    head: ["control", "account", "region", "detected", "fixed", "milliseconds", "outcome", "benign case"],
    colAligns: ["left", "left", "left", "left", "left", "right", "left", "left"],
    style: { head: colors ? ["dim"] : [], border: [], "padding-left": 0, "padding-right": 2 },
    // Without lines it reads better, also in logs.
    chars: Object.fromEntries(LINES.map((line) => [line, ""])),
  });
  for (const result of results)
    table.push([
      result.held ? result.control : paint.red(result.control),
      result.accountName,
      result.region,
      yes(result.detected),
      // In mode notify nothing may be fixed.
      result.mode === "notify" ? (result.fixed ? paint.red("yes") : "notify only") : yes(result.fixed),
      result.milliseconds === undefined ? "–" : String(Math.round(result.milliseconds)),
      result.outcome,
      result.benign === "untouched" ? result.benign : paint.red(result.benign),
    ]);
  return table.toString();
}
