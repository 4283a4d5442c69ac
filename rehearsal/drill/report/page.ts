/** The report as one HTML file without scripts that loads nothing, so that it can be kept and mailed. */
import type { DrillResult } from "../types";
import { renderLatencyChart, TARGET_MILLISECONDS } from "./chart";
import { escape, FONT, paletteCss } from "./markup";
import { MESSAGES_CSS, messagesSection } from "./messages";
import { allHeld, causesOf, milliseconds, seconds, verdict, type DrillReport } from "./report";
import { renderTopology } from "./topology";

const REPORT_TITLE = "Bailiwick drill report";

/** @returns the whole page. */
export async function renderPage(report: DrillReport): Promise<string> {
  const chart = await renderLatencyChart(report.results);
  const good = allHeld(report.summary);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(`${verdict(report.summary)} – ${REPORT_TITLE}`)}</title>
<link rel="icon" href="data:,">
<style>${CSS}</style>
</head>
<body>
<header>
<p class="brand">Bailiwick</p>
<h1>Drill report</h1>
<p class="verdict ${good ? "good" : "bad"}"><span aria-hidden="true">${good ? "✓" : "✕"}</span> ${escape(verdict(report.summary))}</p>
<p class="lead">Each control was broken for real in every member account and region of a local AWS organization, and watched until it was remediated. A benign change beside it had to be left alone.</p>
</header>
<main>
${tiles(report)}
${failures(report)}
<section aria-labelledby="paths">
<h2 id="paths">The paths</h2>
<div class="wide">${renderTopology(report)}</div>
</section>
<section aria-labelledby="latency">
<h2 id="latency">How fast</h2>
<figure>
<div class="wide">${chart ?? "<p>No offended resource returned to a good state, so there is nothing to draw.</p>"}</div>
<figcaption>A dot is a drill, the bar the control’s median. Time runs from the return of the offending API call until a client sees the required state again, or, for controls that only notify, until the report.</figcaption>
</figure>
</section>
<section aria-labelledby="drills">
<h2 id="drills">Every drill</h2>
<div class="wide">${table(report.results)}</div>
</section>
${messagesSection(report.messages)}
</main>
${footer(report)}
</body>
</html>
`;
}

function tiles(report: DrillReport): string {
  const { summary, organization, phases } = report;
  const members = organization.accounts.filter(({ kind }) => kind === "member").length;
  const total = phases.reduce((sum, phase) => sum + phase.milliseconds, 0);
  const tile = (label: string, value: string, note: string) =>
    `<div class="tile"><dt>${escape(label)}</dt><dd>${escape(value)}</dd><p>${escape(note)}</p></div>`;
  return `<dl class="tiles">
${tile("Drills held", `${summary.held} / ${summary.total}`, `${report.controls.length} ${report.controls.length === 1 ? "control" : "controls"}, ${members} accounts, ${organization.regions.length} regions`)}
${tile("Median", milliseconds(summary.latency?.median), `target: at most ${TARGET_MILLISECONDS} ms`)}
${tile("95th percentile", milliseconds(summary.latency?.p95), `${report.concurrency} drills at a time`)}
${tile("Slowest", milliseconds(summary.latency?.maximum), `fastest: ${milliseconds(summary.latency?.minimum)}`)}
${tile("Whole run", seconds(total), phases.map(({ name, milliseconds: took }) => `${name} ${seconds(took)}`).join(", "))}
</dl>`;
}

function failures({ results }: DrillReport): string {
  const causes = causesOf(results);
  if (causes.length === 0) return "";
  const items = causes.map(
    ({ cause, results: group }) =>
      `<li><p class="cause">${escape(cause)}</p><ul>${group
        .map(
          ({ control, accountName, region }) =>
            `<li><code>${escape(control)}</code> in ${escape(accountName)}, ${escape(region)}</li>`,
        )
        .join("")}</ul></li>`,
  );
  return `<section class="failures" aria-labelledby="failures">
<h2 id="failures">What did not hold, and why</h2>
<ol>${items.join("\n")}</ol>
</section>`;
}

function table(results: readonly DrillResult[]): string {
  const slowest = Math.max(1, ...results.map(({ milliseconds: took }) => took ?? 0));
  const rows = results.map((result) => {
    const { milliseconds: took } = result;
    const share = took === undefined ? 0 : Math.max(1, Math.round((took / slowest) * 100));
    const bar =
      took === undefined ? "" : `<span class="bar" style="--share:${share}%" aria-hidden="true"></span>`;
    return `<tr${result.held ? "" : ' class="failed"'}>
<th scope="row">${escape(result.control)}</th>
<td>${escape(result.accountName)}</td>
<td>${escape(result.region)}</td>
<td>${mark(result.detected)}</td>
<td>${result.mode === "notify" && !result.fixed ? "notify only" : mark(result.fixed)}</td>
<td class="number">${took === undefined ? "–" : Math.round(took)}${bar}</td>
<td>${escape(result.outcome)}</td>
<td>${result.benign === "untouched" ? "✓" : '<span class="no">✕</span>'} ${escape(result.benign)}</td>
</tr>`;
  });
  const heads = [
    "Control",
    "Account",
    "Region",
    "Detected",
    "Fixed",
    "Milliseconds",
    "Outcome",
    "Benign case",
  ];
  return `<table>
<caption class="hidden">Every drill with its result</caption>
<thead><tr>${heads.map((head) => `<th scope="col"${head === "Milliseconds" ? ' class="number"' : ""}>${head}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>`;
}

const mark = (yes: boolean) => (yes ? '<span class="yes">✓</span> yes' : '<span class="no">✕</span> no');

function footer({ startedAt, organization, versions }: DrillReport): string {
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const date = `${startedAt.slice(0, 10)} ${startedAt.slice(11, 16)} UTC`;
  return `<footer>
<p><time datetime="${escape(startedAt)}">${escape(date)}</time> · organization ${escape(organization.id)} on this machine · ${escape(parts.join(" · "))}</p>
<p>Repeat it with <code>npm start</code>.</p>
</footer>`;
}

const CSS = `${paletteCss(":root")}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1160px; padding: 40px 28px 56px; background: var(--ground); color: var(--ink); font: 15px/1.55 ${FONT}; }
.brand { margin: 0; font-size: 13px; font-weight: 650; letter-spacing: .08em; text-transform: uppercase; color: var(--accent); }
h1 { margin: 2px 0 14px; font-size: 34px; line-height: 1.15; letter-spacing: -.015em; }
h2 { margin: 0 0 14px; font-size: 19px; }
.lead { max-width: 68ch; color: var(--ink-soft); margin: 14px 0 0; }
.verdict { display: inline-block; margin: 0; padding: 6px 15px; border-radius: 99px; font-weight: 650; }
.verdict.good { color: var(--good); background: var(--good-ground); }
.verdict.bad { color: var(--bad); background: var(--bad-ground); }
section, .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
section { padding: 24px 26px; margin-top: 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 14px; margin: 26px 0 0; }
.tile { padding: 16px 18px; }
.tile dt, .tile p { color: var(--ink-soft); font-size: 13px; margin: 0; }
.tile dd { margin: 3px 0 4px; font-size: 27px; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
.wide svg { display: block; width: 100%; min-width: 720px; height: auto; }
figure { margin: 0; }
figcaption { margin-top: 10px; color: var(--ink-soft); font-size: 13.5px; max-width: 80ch; }
table { width: 100%; min-width: 900px; border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 8px 10px; border-top: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
thead th { border-top: 0; color: var(--ink-soft); font-size: 12.5px; font-weight: 600; }
tbody th { font-weight: 550; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; width: 72px; height: 7px; margin-left: 10px; border-radius: 4px; background: linear-gradient(to right, var(--accent) var(--share), var(--line) var(--share)); }
.yes { color: var(--good); font-weight: 650; }
.no { color: var(--bad); font-weight: 650; }
tr.failed th, tr.failed td { background: var(--bad-ground); }
.failures { border-color: var(--bad); }
.failures ol { margin: 0; padding-left: 22px; }
.failures .cause { margin: 0; font-weight: 600; }
.failures ul { margin: 4px 0 14px; padding-left: 18px; color: var(--ink-soft); }
code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
footer { margin-top: 26px; color: var(--ink-soft); font-size: 13px; }
footer p { margin: 2px 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
${MESSAGES_CSS}
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }`;
