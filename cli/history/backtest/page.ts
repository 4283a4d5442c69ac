/** A backtest's answer as one HTML page without scripts or other files, so that it can be mailed. */
import type { TopLevelSpec } from "vega-lite";
import type { ControlFinding, Summary, Tally } from "./summary";
import { count, megabytes } from "./text";

export async function summaryPage(summary: Summary, title = "Backtest"): Promise<string> {
  const fired = summary.controls.filter((finding) => finding.fired > 0);
  const { records, files, bytes } = summary;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>What each control would have done</h1>
<p>${count(records.total, "record")} in ${count(files.read, "file")} (${megabytes(bytes.text)} of text), of which
${count(records.examined, "record")} had a name that a control asks for.</p>
${summary.problems.length > 0 ? `<p class="warning"><a href="#problems">${count(files.withProblems, "file")} could not be read in full.</a></p>` : ""}
<h2>Over time</h2>
${fired.length > 0 ? await timeline(fired) : "<p>No control would have fired.</p>"}
<h2>Controls</h2>
${overview(summary.controls)}
${fired.map(section).join("\n")}
${problems(summary)}
</main>
</body>
</html>
`;
}

/** Vega draws it here; the page contains only the drawing. */
async function timeline(findings: readonly ControlFinding[]): Promise<string> {
  const [{ compile }, { parse, View }] = await Promise.all([import("vega-lite"), import("vega")]);
  const values = findings.flatMap(({ id, days }) =>
    Object.entries(days).map(([day, events]) => ({ control: id, day, events })),
  );
  const spec: TopLevelSpec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: "Events that match, by day and control",
    width: 860,
    height: 220,
    background: "white",
    data: { values },
    mark: { type: "bar", tooltip: false },
    encoding: {
      x: { field: "day", type: "temporal", timeUnit: "utcyearmonthdate", title: "day (UTC)" },
      y: { field: "events", type: "quantitative", aggregate: "sum", title: "events" },
      color: {
        field: "control",
        type: "nominal",
        title: null,
        legend: { orient: "bottom", columns: 2, labelLimit: 400 },
      },
    },
  };
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return `<figure>${svg}</figure>`;
}

function overview(controls: readonly ControlFinding[]): string {
  const rows = controls.map(
    (
      finding,
    ) => `<tr><td>${finding.fired > 0 ? `<a href="#${escape(finding.id)}">${escape(finding.id)}</a>` : escape(finding.id)}</td>
<td>${escape(finding.severity)}</td><td class="number">${finding.fired}</td>
<td class="number">${Object.keys(finding.accounts).length}</td><td class="number">${Object.keys(finding.regions).length}</td>
<td class="number">${finding.enforce.resources.length}</td><td>${escape(finding.first ?? "–")}</td><td>${escape(finding.last ?? "–")}</td></tr>`,
  );
  return `<table><thead><tr><th>control</th><th>severity</th><th>fired</th><th>accounts</th><th>regions</th><th>resources</th>
<th>first</th><th>last</th></tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function section(finding: ControlFinding): string {
  const { enforce } = finding;
  const resources = enforce.resources
    .slice(0, 200)
    .map(({ arn, type, events, first, last }) => row([arn, type, events, first, last]))
    .join("\n");
  const more = enforce.resources.length - 200;
  return `<section id="${escape(finding.id)}">
<h3>${escape(finding.id)}</h3>
<p>${escape(finding.title)}.</p>
<div class="tallies">${tally("accounts", finding.accounts)}${tally("regions", finding.regions)}${tally("calls", finding.events)}${tally("principals", finding.principals)}</div>
<h4>${
    finding.onlyReports
      ? "Resources that it would have reported, without a change in any mode"
      : "Resources that mode <code>enforce</code> would have evaluated, and remediated where they violated the control"
  }</h4>
<table><thead><tr><th>resource</th><th>type</th><th>events</th><th>first</th><th>last</th></tr></thead><tbody>
${resources}
</tbody></table>
${more > 0 ? `<p>… and ${count(more, "more resource")}.</p>` : ""}
${enforce.eventsWithoutResource > 0 ? `<p>${count(enforce.eventsWithoutResource, "event")} named no resource.</p>` : ""}
${finding.withheld > 0 ? `<p>${count(finding.withheld, "read-only call")} that rules don't receive.</p>` : ""}
</section>`;
}

function tally(title: string, counts: Tally): string {
  const entries = Object.entries(counts);
  const rows = entries.slice(0, 20).map(([name, n]) => row([name, n]));
  const more = entries.length > 20 ? `<p>… and ${entries.length - 20} more</p>` : "";
  return `<div><h4>${title}</h4><table><tbody>${rows.join("\n")}</tbody></table>${more}</div>`;
}

function problems({ problems: list, files }: Summary): string {
  if (list.length === 0) return "";
  const rows = list.flatMap(({ file, problems: own }) =>
    own.map(({ kind, count: n, example }) => row([file, kind, n, example])),
  );
  const more = files.withProblems - list.length;
  return `<section id="problems"><h2>What could not be read</h2>
<table><thead><tr><th>file</th><th>what</th><th>times</th><th>for example</th></tr></thead><tbody>${rows.join("\n")}</tbody></table>
${more > 0 ? `<p>… and ${count(more, "more file")}.</p>` : ""}</section>`;
}

function row(cells: readonly (string | number)[]): string {
  return `<tr>${cells.map((cell) => (typeof cell === "number" ? `<td class="number">${cell}</td>` : `<td>${escape(cell)}</td>`)).join("")}</tr>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; margin: 0; }
main { max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2rem; } h3 { margin-top: 2rem; font-family: ui-monospace, monospace; }
h4 { margin: 1rem 0 .3rem; font-size: .95rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
td, th { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #d8dee4; overflow-wrap: anywhere; vertical-align: top; }
th { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.tallies { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 1rem; }
.warning { background: #fff8c5; border: 1px solid #d4a72c; padding: .5rem .8rem; border-radius: 6px; }
figure { margin: 0; overflow-x: auto; }
@media (prefers-color-scheme: dark) {
  body { color: #d7dde3; background: #15191e; } td, th { border-color: #343b44; } a { color: #79b8ff; }
  .warning { background: #3d3413; border-color: #8a6d1b; }
}
`;
