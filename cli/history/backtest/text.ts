/** A backtest's answer for the terminal. */
import Table from "cli-table3";
import type { ControlFinding, Summary, Tally } from "./summary";

export function summaryText(summary: Summary): string {
  const parts = [headline(summary), controlsTable(summary.controls)];
  for (const finding of summary.controls) if (finding.fired > 0) parts.push(details(finding));
  if (summary.problems.length > 0) parts.push(problems(summary));
  return `${printable(parts.join("\n\n"))}\n`;
}

/** Text from files must not control the terminal. */
function printable(text: string): string {
  return text.replace(/(?!\n)\p{Cc}/gu, "\ufffd");
}

function headline({ files, bytes, records, seconds, digests }: Summary): string {
  const rate = seconds > 0 ? ` (${megabytes(bytes.text / seconds)} of text a second)` : "";
  const lines = [
    `${count(records.total, "record")} in ${count(files.read, "file")}, ${megabytes(bytes.onDisk)} on disk, ` +
      `${megabytes(bytes.text)} of text, read in ${seconds.toFixed(1)} s${rate}.`,
    `${count(records.examined, "record")} had a name that a control asks for.`,
  ];
  if (records.repeated > 0)
    lines.push(
      `${count(records.repeated, "match", "matches")} were repeated in another file and count once.`,
    );
  if (digests > 0) lines.push(`${count(digests, "digest file")} contain no records.`);
  const ignored = Object.entries(files.ignored);
  if (ignored.length > 0) {
    lines.push(
      `Not read, because their names are not those of logs: ${ignored.map(([ending, n]) => `${n} × ${ending}`).join(", ")}.`,
    );
  }
  return lines.join("\n");
}

function controlsTable(controls: readonly ControlFinding[]): string {
  const table = new Table({
    head: ["control", "severity", "fired", "accounts", "regions", "resources", "first", "last"],
    style: { head: [], border: [] },
    colAligns: ["left", "left", "right", "right", "right", "right", "left", "left"],
  });
  for (const finding of controls) {
    table.push([
      finding.id,
      finding.severity,
      finding.fired,
      Object.keys(finding.accounts).length,
      Object.keys(finding.regions).length,
      finding.enforce.resources.length,
      finding.first ?? "–",
      finding.last ?? "–",
    ]);
  }
  return table.toString();
}

function details(finding: ControlFinding): string {
  const { enforce } = finding;
  const touched = enforce.resources.slice(0, 5).map(({ arn, events }) => `    ${arn} (${events} ×)`);
  if (enforce.resources.length > 5)
    touched.push(`    … and ${enforce.resources.length - 5} more (--json has all)`);
  const lines = [
    `${finding.id}: ${finding.title}`,
    `  accounts    ${top(finding.accounts)}`,
    `  regions     ${top(finding.regions)}`,
    `  calls       ${top(finding.events)}`,
    `  principals  ${top(finding.principals)}`,
    finding.onlyReports
      ? `  it would have reported ${count(enforce.resources.length, "resource")}, and changed nothing in any mode:`
      : `  mode enforce would have evaluated ${count(enforce.resources.length, "resource")}, and remediated violations:`,
    ...touched,
  ];
  if (enforce.eventsOnOthers > 0) lines.push(`    … and ${count(enforce.eventsOnOthers, "event")} on others`);
  if (enforce.eventsWithoutResource > 0) {
    lines.push(`  ${count(enforce.eventsWithoutResource, "event")} named no resource`);
  }
  if (finding.withheld > 0)
    lines.push(`  ${count(finding.withheld, "read-only call")} that rules don't receive`);
  return lines.join("\n");
}

function problems(summary: Summary): string {
  const lines = [`What could not be read (${count(summary.files.withProblems, "file")}):`];
  for (const { file, problems: list } of summary.problems.slice(0, 50)) {
    for (const { kind, count: n, example } of list)
      lines.push(`  ${file}: ${n} × ${kind}: ${example.replace(/\s+/g, " ")}`);
  }
  const more = summary.files.withProblems - Math.min(summary.problems.length, 50);
  if (more > 0) lines.push(`  … and ${count(more, "more file")} (--json lists them)`);
  return lines.join("\n");
}

function top(tally: Tally, most = 5): string {
  const entries = Object.entries(tally);
  const shown = entries.slice(0, most).map(([name, n]) => `${name} (${n})`);
  return entries.length > most ? `${shown.join(", ")}, … ${entries.length - most} more` : shown.join(", ");
}

export function count(n: number, singular: string, plural = `${singular}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? singular : plural}`;
}

export function megabytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ""}`;
}
