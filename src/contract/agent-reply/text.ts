/** What could not be stored, or would begin a line of its own. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** In a text of several lines, line ends and tabs are content. */
const CONTROLS_IN_LINES = /[^\P{Cc}\t\n\r]+/gu;

/** At most so many characters, as PostgreSQL counts them; never half of one. */
export function cutText(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text.toWellFormed();
  let end = 0;
  let chars = 0;
  for (const char of text) {
    if (chars++ === maxChars) break;
    end += char.length;
  }
  return text.slice(0, end).toWellFormed();
}

/** One line without control characters. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, ' ').trim().toWellFormed();
}

/** Several lines without control characters. */
export function manyLines(text: string): string {
  return text.replace(CONTROLS_IN_LINES, '').toWellFormed();
}

const MAX_DEPTH = 8;

/** Any JSON of modest depth, its texts cleaned like the others. */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return manyLines(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((entry) => cleanJson(entry, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [manyLines(key), cleanJson(entry, depth + 1)]));
}
