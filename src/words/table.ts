import { cleanLine } from '../contract/clean-text.ts';
import { cutToWidth, padToWidth, widthOf } from './width.ts';

/** As wide as the narrowest terminal that people use. */
const WIDTH = 80;
const GAP = 2;

/** A column that gives way stays this wide as long as another has more. */
const NARROWEST = 4;

/**
 * Rows in columns, one line each, at most 80 columns wide: the widest gives way first, and the first one, which holds the
 * ids that a next command is given, last of all. Cells may hold text from outside.
 */
export function table(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => cleanLine(cell, WIDTH)));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(0, ...cells.map((row) => widthOf(row[at] ?? ''))));
  const room = WIDTH - GAP * (columns - 1);
  for (let over = sum(widths) - room; over > 0; over = sum(widths) - room) {
    const others = widths.slice(1);
    const widestOther = Math.max(0, ...others);
    const widest = widestOther > NARROWEST ? others.indexOf(widestOther) + 1 : widths.indexOf(Math.max(...widths));
    const next = Math.max(widest === 0 ? 0 : NARROWEST, ...widths.filter((_, at) => at !== widest && at !== 0));
    const width = widths[widest] ?? 0;
    widths[widest] = width - Math.max(1, Math.min(over, width - next));
  }
  return cells.map((row) =>
    row
      .map((cell, at) => padToWidth(cutToWidth(cell, widths[at] ?? 0), widths[at] ?? 0))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** `2026-01-31T12:00:00.000Z` as a list shows it: to the minute, in UTC. */
export const shortTime = (time: string | null): string => (time === null ? '–' : time.slice(0, 16).replace('T', ' '));
