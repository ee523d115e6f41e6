/** What could move a cursor, hide or reorder text, or speak to a model unseen: controls, bidi, zero-width, tag characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;

/**
 * One line of text from outside that is safe to print.
 * @param maxLength in characters; what is longer ends with an ellipsis
 */
export function cleanLine(text: string, maxLength: number): string {
  // Cut first: cleaning must not take long for a text of megabytes.
  const cleaned = text
    .slice(0, maxLength * 4)
    .replace(UNSEEN, ' ')
    .replace(/\s+/g, ' ')
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
