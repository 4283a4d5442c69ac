/** The report's drawings as one SVG file, for places that show images but no HTML. */
import { renderLatencyChart } from "./chart";
import { escape, FONT, paletteCss } from "./markup";
import { allHeld, milliseconds, seconds, verdict, type DrillReport } from "./report";
import { renderTopology } from "./topology";

const WIDTH = 1160;
const MARGIN = 40;

/** @returns an SVG document that follows the reader's colour scheme and loads nothing. */
export async function renderPicture(report: DrillReport): Promise<string> {
  const topology = place(renderTopology(report), 190);
  const chart = await renderLatencyChart(report.results);
  const drawn = chart === undefined ? undefined : place(chart, topology.bottom + 28);
  const height = (drawn ?? topology).bottom + 34;
  const { latency } = report.summary;
  const total = report.phases.reduce((sum, phase) => sum + phase.milliseconds, 0);
  const figures = [
    `median ${milliseconds(latency?.median)}`,
    `95th percentile ${milliseconds(latency?.p95)}`,
    `slowest ${milliseconds(latency?.maximum)}`,
    `whole run ${seconds(total)}`,
  ].join("   ·   ");
  const good = allHeld(report.summary);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 ${WIDTH} ${height}" font-family='${FONT}' role="img" aria-label="${escape(`Drill report: ${verdict(report.summary)}`)}">
<style>${paletteCss(".picture")}</style>
<rect width="${WIDTH}" height="${height}" rx="14" fill="var(--ground)"/>
<text x="${MARGIN}" y="58" font-size="13" font-weight="650" letter-spacing="1" fill="var(--accent)">BAILIWICK</text>
<text x="${MARGIN}" y="94" font-size="30" font-weight="700" fill="var(--ink)">Drill report</text>
<text x="${MARGIN}" y="128" font-size="17" font-weight="650" fill="var(--${good ? "good" : "bad"})">${good ? "✓" : "✕"} ${escape(verdict(report.summary))}</text>
<text x="${MARGIN}" y="156" font-size="15" fill="var(--ink-soft)">${escape(figures)}</text>
${topology.svg}
${drawn?.svg ?? ""}
</svg>
`;
}

/** Puts a drawing of any size at full width below `y`. */
function place(svg: string, y: number): { svg: string; bottom: number } {
  const [, , width = 1, height = 1] = (/viewBox="([^"]*)"/.exec(svg)?.[1] ?? "").split(/\s+/).map(Number);
  const drawn = WIDTH - 2 * MARGIN;
  const scaled = Math.round((drawn * height) / width);
  return {
    svg: svg.replace("<svg ", `<svg x="${MARGIN}" y="${y}" width="${drawn}" height="${scaled}" `),
    bottom: y + scaled,
  };
}
