/** Shared by the benchmarks: measuring, medians, and printing figures with their targets. */

export interface Target {
  what: string;
  figure: number;
  /** The target: at least, or at most. */
  least?: number;
  most?: number;
}

export interface Measured {
  title: string;
  setting: Record<string, unknown>;
  figures: Record<string, number>;
  targets: Target[];
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** To one decimal place. */
export const round = (number: number): number => Math.round(number * 10) / 10;

/**
 * How many items `work` processes per second of processor time, so that other load on the machine doesn't count. The first pass warms
 * up.
 */
export function perSecond<T>(items: readonly T[], work: (item: T) => unknown, seconds: number): number {
  for (const item of items) work(item);
  const began = process.cpuUsage();
  let done = 0;
  for (;;) {
    for (const item of items) work(item);
    done += items.length;
    const { user, system } = process.cpuUsage(began);
    const elapsed = (user + system) / 1e6;
    if (elapsed >= seconds) return done / elapsed;
  }
}

function holds({ figure, least, most }: Target): boolean {
  return (least === undefined || figure >= least) && (most === undefined || figure <= most);
}

/** Exit code 1 when a target is missed. */
export function print(measured: Measured, json: boolean): void {
  if (!measured.targets.every(holds)) process.exitCode = 1;
  if (json) {
    const targets = measured.targets.map((target) => ({ ...target, holds: holds(target) }));
    process.stdout.write(`${JSON.stringify({ ...measured, targets }, null, 2)}\n`);
    return;
  }
  const lines = [measured.title];
  for (const [name, value] of Object.entries(measured.setting)) lines.push(`  ${name}: ${String(value)}`);
  for (const [name, figure] of Object.entries(measured.figures)) {
    lines.push(`  ${name.padEnd(34)} ${figure.toLocaleString("en-US").padStart(14)}`);
  }
  for (const target of measured.targets) {
    const { what, figure, least, most } = target;
    const aim = least === undefined ? `at most ${most}` : `at least ${least}`;
    lines.push(`  ${holds(target) ? "holds " : "MISSED"} ${what}: ${figure.toFixed(3)} (${aim})`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
