/** Models do not know what time it is, so texts say how long from now. */

const ISO_TIME = /\bat (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/g;

/** `at 2026-…Z` in a sentence of ours → `in 6 s`. */
export function withRelativeTimes(text: string): string {
  return text.replace(ISO_TIME, (_, time: string) => relativeTime(time));
}

/** @param time RFC 3339 */
export function relativeTime(time: string, now: number = Date.now()): string {
  const ms = Date.parse(time) - now;
  const long = duration(Math.round(Math.abs(ms) / 1_000));
  return ms >= 0 ? `in ${long}` : `${long} ago`;
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
