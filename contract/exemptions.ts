/** How long an exemption holds. Configuration, functions and command read the day in the same way. */

const DAY_MILLISECONDS = 86_400_000;

/** Whether the text is a day that exists, as `YYYY-MM-DD`. `Date` takes 2027-02-30 for a day in March. */
export function isDay(text: string): boolean {
  const parsed = Date.parse(`${text}T00:00:00Z`);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(parsed) &&
    new Date(parsed).toISOString().slice(0, 10) === text
  );
}

/** When an exemption ends, which holds through its last day, UTC: milliseconds since 1970. */
export const endOf = (lastDay: string): number => Date.parse(`${lastDay}T00:00:00Z`) + DAY_MILLISECONDS;

/** Whether an exemption has ended. @param now milliseconds since 1970 */
export const isOver = (lastDay: string, now: number): boolean => now >= endOf(lastDay);
