/** Drills in weather: the local organization is as slow, stale and busy as AWS, and the drill waits as long as the runtime's looks last. */
import { MODERATE_WEATHER, type Organization } from "@bailiwick/local-aws";
import type { DrillOptions } from "./drill/types";

/**
 * A stale read that shows the good state is corrected by the look that follows when the event is a minute old; that look may meet
 * throttling, whose retries take less than another minute.
 */
const LONGEST_WAIT_MILLISECONDS = 150_000;

/** Most of a drill in weather is waiting: many go side by side. */
export const WEATHER_CONCURRENCY = 12;

export const WEATHER_DRILL_OPTIONS = {
  timeoutMilliseconds: LONGEST_WAIT_MILLISECONDS,
  reportMilliseconds: LONGEST_WAIT_MILLISECONDS,
  // Until then nothing is a failure.
  patienceMilliseconds: LONGEST_WAIT_MILLISECONDS,
} satisfies Partial<DrillOptions>;

/**
 * Begins once everything is deployed. The drills' own clients, root users, are spared: they break things, and watch what is true.
 * @returns the seed, which repeats the weather.
 */
export function beginWeather({ weather }: Organization, seed?: number): number {
  weather.set({ ...MODERATE_WEATHER, sparesRoots: true, ...(seed === undefined ? {} : { seed }) });
  return weather.seed;
}
