import { cleanLine } from '../contract/clean-text.ts';

/** As wide as the narrowest terminal that people use. */
const WIDTH = 80;
const GAP = 2;

/**
 * Rows in columns, one line each, at most 80 characters wide: the widest column gives way first. Cells may hold text
 * from outside.
 */
export function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => cleanLine(cell, WIDTH)));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) =>
    Math.max(0, ...cells.map((row) => lengthOf(row[at] ?? ''))),
  );
  const room = WIDTH - GAP * (columns - 1);
  for (let over = sum(widths) - room; over > 0; over = sum(widths) - room) {
    const widest = widths.indexOf(Math.max(...widths));
    const next = Math.max(0, ...widths.filter((_, at) => at !== widest));
    const width = widths[widest] ?? 0;
    widths[widest] = width - Math.max(1, Math.min(over, width - next));
  }
  return cells.map((row) =>
    row
      .map((cell, at) => padded(cleanLine(cell, widths[at] ?? 0), widths[at] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** In characters, as `cleanLine` counts them. */
const lengthOf = (text: string): number => [...text].length;

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lengthOf(text)));

/** `2026-01-31T12:00:00.000Z` as a list shows it: to the minute, in UTC. */
export const shortTime = (time: string | null): string => (time === null ? '–' : time.slice(0, 16).replace('T', ' '));
