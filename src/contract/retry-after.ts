/** The three forms of RFC 9110. What else `Date.parse` reads ("-1", "soon 2099") is no date of HTTP. */
const HTTP_DATES: readonly RegExp[] = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * Reads a `Retry-After` header: seconds, or an HTTP date.
 * @returns seconds from now within the bounds; undefined when the header says nothing usable
 */
export function readRetryAfter(
  header: string | undefined,
  nowMs: number,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = header?.trim() ?? '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (dateOf(text) - nowMs) / 1000;
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(max, Math.max(min, Math.ceil(seconds)));
}

function dateOf(text: string): number {
  const form = HTTP_DATES.findIndex((date) => date.test(text));
  if (form < 0) return Number.NaN;
  // The oldest form names no zone: it is GMT.
  return Date.parse(form === 2 ? `${text} GMT` : text);
}
