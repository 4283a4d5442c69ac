/** The figures of a run. */

/** Milliseconds, except `count`. */
export interface LatencySummary {
  count: number;
  median: number;
  /** 95th percentile. */
  p95: number;
  minimum: number;
  maximum: number;
}

/**
 * The value below which `share` of the values lie, interpolated linearly between neighbours (as NumPy and spreadsheets do).
 *
 * @param share from 0 to 1.
 * @throws RangeError without values, or if `share` is outside of 0 to 1.
 */
export function quantile(values: readonly number[], share: number): number {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`A share lies between 0 and 1; ${share} does not.`);
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined)
    throw new RangeError("There is no quantile of nothing at all.");
  return below + (above - below) * (position - Math.floor(position));
}

/** @returns undefined if there are no values. */
export function summarize(values: readonly number[]): LatencySummary | undefined {
  if (values.length === 0) return undefined;
  return {
    count: values.length,
    median: quantile(values, 0.5),
    p95: quantile(values, 0.95),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
  };
}
