import type { LaneResult } from '../../src/ocr/lanes/pool.ts';
import { fold } from './compare.ts';
import type { ImageScore } from './image-score.ts';

/** Why a field is wrong: its print was not read at all, or it was read and another was chosen. */
export type Cause = 'no reading' | 'print not read' | 'nothing chosen' | 'another chosen';

/** The cause of a wrong field, told by whether the known value stands in the text. */
export function causeOf(
  result: LaneResult | undefined,
  read: string | null | undefined,
  known: readonly string[],
  inText: (text: string, known: string) => boolean,
): Cause {
  if (result === undefined) return 'no reading';
  if (!known.some((each) => inText(result.extraction.raw_text, each))) return 'print not read';
  return read == null ? 'nothing chosen' : 'another chosen';
}

/** Whether an amount stands in a text, however its thousands and decimals are marked. */
export function hasAmount(text: string, known: string): boolean {
  const digits = (part: string): string => part.replace(/\D/g, '');
  return (text.match(/\d[\d.,' ]*/g) ?? []).some((number) => digits(number) === digits(known));
}

/** Whether a name stands in a text, blanks and marks aside. */
export function hasName(text: string, known: string): boolean {
  const letters = (part: string): string => fold(part).replace(/[^\p{L}\d]/gu, '');
  return letters(text).includes(letters(known));
}

/** Whether the day and the year of a date stand on one line of a text. */
export function hasDay(text: string, known: string): boolean {
  const [year = '', , day = ''] = known.split('-');
  const stands = (line: string, number: string): boolean => new RegExp(`(?<!\\d)0?${Number(number)}(?!\\d)`).test(line);
  return text.split('\n').some((line) => stands(line, day) && (line.includes(year) || stands(line, year.slice(2))));
}

/** The causes of all misses of a set, most frequent first. */
export function causeLines(scores: readonly ImageScore[]): string {
  const counts = new Map<string, number>();
  for (const cause of scores.flatMap(({ causes }) => causes)) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  if (counts.size === 0) return '  no misses';
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).map(([cause, count]) => `${cause} ${count}`);
  return `  misses by cause: ${sorted.join(' · ')}`;
}
