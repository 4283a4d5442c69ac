/** The latencies as a chart: a dot for each drill, a line at each control's median, the target as a rule. */
import type { TopLevelSpec } from "vega-lite";
import type { DrillResult } from "../types";

/** The target for the local organization's median, in milliseconds. */
export const TARGET_MILLISECONDS = 500;

const WIDTH = 760;
const ROW_HEIGHT = 62;

/**
 * @returns an SVG element that takes its colours from the palette's CSS variables; undefined if no drill has a latency.
 */
export async function renderLatencyChart(results: readonly DrillResult[]): Promise<string | undefined> {
  const points = results.flatMap(({ control, accountName, region, milliseconds }) =>
    milliseconds === undefined ? [] : [{ control, where: `${accountName}, ${region}`, milliseconds }],
  );
  if (points.length === 0) return undefined;
  // Both cost a quarter of a second to load: only when a chart is drawn.
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new vega.View(vega.parse(compile(specification(points)).spec), { renderer: "none" });
  try {
    return accessible(await view.toSVG());
  } finally {
    view.finalize();
  }
}

interface Point {
  control: string;
  where: string;
  milliseconds: number;
}

function specification(points: Point[]): TopLevelSpec {
  const controls = [...new Set(points.map(({ control }) => control))];
  const furthest = Math.max(TARGET_MILLISECONDS * 1.1, ...points.map(({ milliseconds }) => milliseconds));
  const y = { field: "control", type: "nominal" as const, sort: controls, title: null };
  const x = {
    field: "milliseconds",
    type: "quantitative" as const,
    axis: { tickCount: 7 },
    title: "milliseconds from the return of the offending call to the good state",
    scale: { domain: [0, furthest], nice: true },
  };
  return {
    width: WIDTH,
    height: { step: ROW_HEIGHT },
    background: "transparent",
    data: { values: points as unknown as Record<string, string | number>[] },
    layer: [
      {
        mark: { type: "rule", strokeDash: [4, 4], stroke: "var(--ink-soft)" },
        data: { values: [{ target: TARGET_MILLISECONDS }] },
        encoding: { x: { field: "target", type: "quantitative" } },
      },
      {
        mark: {
          type: "text",
          align: "center",
          dy: -6,
          baseline: "bottom",
          fill: "var(--ink-soft)",
          fontSize: 12,
        },
        data: {
          values: [{ target: TARGET_MILLISECONDS, text: `target for the median: ${TARGET_MILLISECONDS} ms` }],
        },
        encoding: {
          x: { field: "target", type: "quantitative" },
          y: { value: 0 },
          text: { field: "text", type: "nominal" },
        },
      },
      {
        mark: { type: "circle", size: 90, opacity: 0.55, fill: "var(--accent)" },
        encoding: { y, x },
      },
      {
        mark: { type: "tick", thickness: 3, size: 34, color: "var(--ink)" },
        encoding: { y, x: { ...x, aggregate: "median" } },
      },
    ],
    config: {
      font: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
      view: { stroke: null },
      axis: {
        labelColor: "var(--ink)",
        titleColor: "var(--ink-soft)",
        gridColor: "var(--line)",
        domainColor: "var(--line)",
        tickColor: "var(--line)",
        labelFontSize: 13,
        titleFontSize: 12,
        titleFontWeight: "normal",
        titlePadding: 12,
        labelLimit: 0,
      },
      axisY: { domain: false, ticks: false, labelPadding: 12, grid: false },
    },
  };
}

/** Makes the chart scale with the page, and names it for readers who can't see it. */
function accessible(svg: string): string {
  return svg.replace(/<svg ([^>]*)>/, (_, attributes: string) => {
    const box = /viewBox="[^"]*"/.exec(attributes)?.[0] ?? "";
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" class="chart" ${box} role="img" aria-label="Latency of each drill by control; ` +
      `the figures are in the table">`
    );
  });
}
