/** The organization and its paths as a drawing: accounts and regions → hub → functions, each with its drills' results. */
import type { DrillResult } from "../types";
import { escape } from "./markup";
import { milliseconds, type DrillReport } from "./report";
import { quantile } from "../statistics";

const WIDTH = 1080;
const ROW = 26;
const CARD_HEAD = 34;
const GAP = 16;
const LEFT = { x: 0, width: 316 };
const HUB = { x: 456, width: 170 };
const RIGHT = { x: 746, width: 334 };
const TOP = 92;

type State = "good" | "bad" | "none";

interface Box {
  y: number;
  height: number;
}

/** @returns an SVG element, 1,080 units wide, that takes its colours from the palette's CSS variables. */
export function renderTopology(report: DrillReport): string {
  const members = report.organization.accounts.filter(({ kind }) => kind === "member");
  const { regions } = report.organization;
  const accountHeight = CARD_HEAD + regions.length * ROW + 8;
  const controlHeight = 74;
  const leftHeight = members.length * (accountHeight + GAP) - GAP;
  const rightHeight = report.controls.length * (controlHeight + GAP) - GAP;
  const inner = Math.max(leftHeight, rightHeight, 150);
  const height = TOP + inner + 74;
  const middle = TOP + inner / 2;
  const hub: Box = { y: middle - 62, height: 124 };

  const lines: string[] = [];
  const boxes: string[] = [];
  members.forEach((account, index) => {
    const y = TOP + (inner - leftHeight) / 2 + index * (accountHeight + GAP);
    boxes.push(card(LEFT.x, y, LEFT.width, accountHeight, account.name, account.id));
    regions.forEach((region, row) => {
      const own = report.results.filter(
        (result) => result.accountId === account.id && result.region === region,
      );
      const lineY = y + CARD_HEAD + row * ROW + ROW / 2;
      const state = stateOf(own);
      const path = index * regions.length + row;
      const share = (path + 0.5) / (members.length * regions.length);
      boxes.push(chip(LEFT.x + 12, lineY, LEFT.width - 24, region, own));
      lines.push(curve(LEFT.x + LEFT.width, lineY, HUB.x, hub.y + 12 + share * (hub.height - 24), state));
    });
  });
  boxes.push(hubBox(hub, report));
  report.controls.forEach((control, index) => {
    const y = TOP + (inner - rightHeight) / 2 + index * (controlHeight + GAP);
    const own = report.results.filter((result) => result.control === control.id);
    const share = (index + 0.5) / report.controls.length;
    lines.push(
      curve(
        HUB.x + HUB.width,
        hub.y + 12 + share * (hub.height - 24),
        RIGHT.x,
        y + controlHeight / 2,
        stateOf(own),
      ),
    );
    boxes.push(functionBox(y, controlHeight, control, own));
  });
  const title = "The paths of the organization";
  return `<svg class="topology" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="topology-title topology-desc" xmlns="http://www.w3.org/2000/svg">
<title id="topology-title">${title}</title>
<desc id="topology-desc">${escape(describe(report, members.length))}</desc>
<style>${STYLE}</style>
${arrowHeads()}
${trailBand(report)}
${lines.join("\n")}
${returnPath(TOP + inner + 20, middle + rightHeight / 2, middle + leftHeight / 2)}
${boxes.join("\n")}
</svg>`;
}

const STYLE = `.topology text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
.topology .head { font-weight: 650; font-size: 14px; }
.topology .soft { fill: var(--ink-soft); font-size: 12px; }
.topology .card { fill: var(--card); stroke: var(--line); }
.topology .band { fill: none; stroke: var(--line); stroke-dasharray: 3 4; }
.topology .hub { fill: var(--accent-ground); stroke: var(--accent); }
.topology .path { fill: none; stroke-width: 1.8; }
.topology .path.good { stroke: var(--good); }
.topology .path.bad { stroke: var(--bad); stroke-dasharray: 5 5; }
.topology .path.none { stroke: var(--line); }
.topology .path.back { stroke: var(--ink-soft); stroke-width: 1.3; }
.topology .mark.good { fill: var(--good); font-weight: 650; }
.topology .mark.bad { fill: var(--bad); font-weight: 650; }
.topology .mark.none { fill: var(--ink-soft); }
.topology .edge.good { fill: var(--good); }
.topology .edge.bad { fill: var(--bad); }
.topology .edge.none { fill: var(--line); }
.topology .edge.back { fill: var(--ink-soft); }`;

const stateOf = (results: readonly DrillResult[]): State =>
  results.length === 0 ? "none" : results.every(({ held }) => held) ? "good" : "bad";

/** A shape beside the colour: states must be distinguishable without colours too. */
const MARK: Record<State, string> = { good: "✓", bad: "✕", none: "·" };

function tally(results: readonly DrillResult[]): string {
  const state = stateOf(results);
  if (state === "none") return "· not drilled";
  return `${MARK[state]} ${results.filter(({ held }) => held).length}/${results.length} held`;
}

function card(x: number, y: number, width: number, height: number, head: string, soft: string): string {
  return `<rect class="card" x="${x + 0.5}" y="${y}" width="${width - 1}" height="${height}" rx="9"/>
<text class="head" x="${x + 14}" y="${y + 22}">${escape(head)}</text>
<text class="soft" x="${x + width - 14}" y="${y + 22}" text-anchor="end">${escape(soft)}</text>`;
}

function chip(x: number, y: number, width: number, region: string, results: readonly DrillResult[]): string {
  return `<text x="${x + 2}" y="${y + 4.5}">${escape(region)}</text>
<text class="mark ${stateOf(results)}" x="${x + width - 2}" y="${y + 4.5}" text-anchor="end">${tally(results)}</text>`;
}

function hubBox({ y, height }: Box, { organization }: DrillReport): string {
  const x = HUB.x + HUB.width / 2;
  const security = organization.accounts.find(({ kind }) => kind === "security");
  const text = (line: number, content: string, kind: string) =>
    `<text class="${kind}" x="${x}" y="${y + line}" text-anchor="middle">${escape(content)}</text>`;
  return `<rect class="hub" x="${HUB.x}" y="${y}" width="${HUB.width}" height="${height}" rx="11"/>
${text(36, "hub bus bailiwick", "head")}
${text(60, `${security?.name ?? "security"} account`, "")}
${text(79, security?.id ?? "", "soft")}
${text(98, organization.homeRegion, "soft")}`;
}

function functionBox(
  y: number,
  height: number,
  control: DrillReport["controls"][number],
  results: readonly DrillResult[],
): string {
  const latencies = results.flatMap(({ milliseconds: took }) => (took === undefined ? [] : [took]));
  const median = latencies.length === 0 ? "no latency" : `median ${milliseconds(quantile(latencies, 0.5))}`;
  return `<rect class="card" x="${RIGHT.x + 0.5}" y="${y}" width="${RIGHT.width - 1}" height="${height}" rx="9"/>
<text class="head" x="${RIGHT.x + 14}" y="${y + 22}">${escape(control.id)}</text>
<text class="soft" x="${RIGHT.x + 14}" y="${y + 42}">rule → queue → function · ${escape(control.mode)}</text>
<text class="mark ${stateOf(results)}" x="${RIGHT.x + 14}" y="${y + 62}">${tally(results)}</text>
<text class="soft" x="${RIGHT.x + RIGHT.width - 14}" y="${y + 62}" text-anchor="end">${escape(median)}</text>`;
}

function curve(x1: number, y1: number, x2: number, y2: number, state: State): string {
  const bend = (x2 - x1) / 2;
  return `<path class="path ${state}" marker-end="url(#edge-${state})" d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 7} ${y2}"/>`;
}

function arrowHeads(): string {
  const head = (id: string, kind: string) =>
    `<marker id="edge-${id}" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path class="edge ${kind}" d="M0 0L8 4L0 8z"/></marker>`;
  return `<defs>${head("good", "good")}${head("bad", "bad")}${head("none", "none")}${head("back", "back")}</defs>`;
}

/** Management account and log archive: the trail that makes the events exist. */
function trailBand({ organization }: DrillReport): string {
  const name = (kind: string) => organization.accounts.find((account) => account.kind === kind)?.name ?? kind;
  return `<rect class="band" x="0.5" y="1" width="${WIDTH - 1}" height="58" rx="9"/>
<text class="head" x="14" y="26">organization trail</text>
<text class="soft" x="14" y="45">${escape(name("management"))} account · every account and region · log files into the ${escape(name("logArchive"))} account</text>
<text class="soft" x="${WIDTH - 14}" y="26" text-anchor="end">recorded calls appear on each account’s</text>
<text class="soft" x="${WIDTH - 14}" y="45" text-anchor="end">default bus and are forwarded in one hop</text>`;
}

/** From below the functions, down to `y`, and up again to the member accounts. */
function returnPath(y: number, from: number, to: number): string {
  const left = LEFT.x + LEFT.width / 2;
  const right = RIGHT.x + RIGHT.width / 2;
  return `<path class="path back" marker-end="url(#edge-back)" d="M${right} ${from} V${y} Q${right} ${y + 14} ${right - 14} ${y + 14} H${left + 14} Q${left} ${y + 14} ${left} ${y} V${to + 10}"/>
<text class="soft" x="${WIDTH / 2}" y="${y + 36}" text-anchor="middle">sts:AssumeRole with a session policy narrowed to the resource · remediated, then verified</text>`;
}

function describe({ organization, controls, summary }: DrillReport, members: number): string {
  return (
    `${members} member accounts, each with ${organization.regions.join(", ")}, forward events to the hub bus in ` +
    `${organization.homeRegion}, from which ${controls.length} functions are fed. ${summary.held} of ${summary.total} drills held.`
  );
}
