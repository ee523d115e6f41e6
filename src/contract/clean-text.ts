/**
 * What no reader sees and a model still does: zero-width and bidirectional marks, tag characters (U+E0000), variation
 * selectors (a row of them can spell out hidden bytes), private use, lone surrogates.
 */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}]+/gu;

/** What could move a cursor or begin a line of its own. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;

/**
 * One line of text from outside that is safe to print and to show to a model.
 * @param maxLength in characters; what is longer ends with an ellipsis
 */
export function cleanLine(text: string, maxLength: number): string {
  // Cut first: cleaning must not take long for a text of megabytes.
  const cleaned = text
    .slice(0, maxLength * 8)
    .replace(UNSEEN, '')
    .replace(BREAKS, ' ')
    .trim();
  const letters = [...cleaned];
  return letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : cleaned;
}

/** A value that a caller sent, as an error message shows it: at most 60 characters, nothing unseen. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return `"${cleanLine(value, 60)}"`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return cleanLine(String(value), 60);
}
