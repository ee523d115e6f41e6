import { quoted } from '../clean-text.ts';
import { type Read, readAmount } from './amount.ts';

/** A share of 0 to 1; percent are understood, and said, since a 2 might be anything. */
export function readConfidence(value: unknown): Read<number> {
  const isPercent = typeof value === 'string' && value.trim().endsWith('%');
  const read = readAmount(isPercent ? value.trim().slice(0, -1) : value, 'quantity', null);
  if (read.value === null) return { value: null, doubt: read.doubt };
  const number = Number(read.value);
  if (number < 0 || number > 100) return { value: null, doubt: `${quoted(value)} is not between 0 and 1` };
  if (!isPercent && number <= 1) return { value: number, doubt: read.doubt };
  const share = Number((number / 100).toFixed(6));
  return { value: share, doubt: `${quoted(value)} was read as ${share}` };
}
