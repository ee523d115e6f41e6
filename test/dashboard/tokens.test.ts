import { describe, expect, it } from 'vitest';
import { contrast, PAIRS, TONES } from '../../dashboard/tokens.ts';
import { STATE_WORDS } from '../../dashboard/words/states.ts';

describe('[H7] the colours of the dashboard', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#777777', '#ffffff', 4.48],
    ['#1b1b19', '#f8f8f6', 16.24],
  ])('[H7] the contrast of %s and %s is computed as WCAG does: %d', (left, right, known) => {
    expect(contrast(left, right)).toBeCloseTo(known, 1);
    expect(contrast(right, left)).toBe(contrast(left, right));
  });

  it.each(PAIRS.flatMap((pair) => (['light', 'dark'] as const).map((theme) => ({ ...pair, theme }))))(
    '[H7] $what has a contrast of at least $atLeast in the $theme theme',
    ({ of, on, theme, atLeast }) => {
      expect(contrast(of[theme], on[theme])).toBeGreaterThanOrEqual(atLeast);
    },
  );

  it('[H7] every state of a job has a tone of the table', () => {
    for (const { tone } of Object.values(STATE_WORDS)) expect(TONES).toHaveProperty(tone);
  });
});
