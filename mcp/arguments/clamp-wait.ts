import { quoted } from '../../src/contract/clean-text.ts';
import { ABSENT } from './read-value.ts';

/** Waiting less than was asked for never harms, so a wait is shortened instead of refused, and the answer says so. */
export function isWait(field: string): boolean {
  return field === 'wait_seconds';
}

/**
 * @param notes gets a sentence when the call waits another time than it asked for
 * @returns whole seconds from 0 to the limit; what is no number is left to the field's own check
 */
export function clampWait(sent: unknown, maxS: number, notes: string[]): unknown {
  const [only] = Array.isArray(sent) && sent.length === 1 ? sent : [sent];
  if (only === null || only === undefined) return ABSENT;
  if (typeof only !== 'string' && typeof only !== 'number') return only;
  const text = String(only)
    .trim()
    .replace(/^"(.*)"$/, '$1');
  if (text === '' || /^(null|none|undefined)$/i.test(text)) return ABSENT;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e\+?\d{1,3})?$/i.test(text)) return only;
  const asked = Number(text);
  const seconds = Math.min(maxS, Math.max(0, Math.floor(asked)));
  if (seconds !== asked)
    notes.push(`wait_seconds was taken as ${seconds}, not ${quoted(asked)}${reason(asked, maxS)}.`);
  return seconds;
}

function reason(asked: number, maxS: number): string {
  if (asked > maxS) return `: one call waits at most ${maxS} s here, so call again for more`;
  return asked < 0 ? '' : ': a wait is in whole seconds';
}
