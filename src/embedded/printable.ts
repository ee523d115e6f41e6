/** Text read from an image, made harmless for a terminal: no control, no direction and no invisible characters. */
export function printable(text: string, maxLength = 60): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const letters = [...clean];
  return letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : clean;
}
