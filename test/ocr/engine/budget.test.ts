import { describe, expect, it } from 'vitest';
import { startBudget } from '../../../src/ocr/engine/budget.ts';

function budgetAfter(cpuMs: number, wallMs: number): ReturnType<typeof startBudget> {
  let passed = false;
  const at = (ms: number) => () => (passed ? ms : 0);
  const budget = startBudget({ cpuMs: at(cpuMs), wallMs: at(wallMs) });
  passed = true;
  return budget;
}

describe('what one picture may cost', () => {
  it('[I17] a picture that costs too much is read as far as it went', () => {
    expect(budgetAfter(14_900, 44_000).isSpent()).toBe(false);
    expect(budgetAfter(15_100, 16_000).isSpent()).toBe(true);
    expect(budgetAfter(15_100, 50_000).isSpent()).toBe(true);
  });

  it('[I17] a reading that a busy machine cut short is refused and tried again, never saved as read', () => {
    expect(() => budgetAfter(900, 45_100).isSpent()).toThrow(expect.objectContaining({ code: 'reading_timeout' }));
  });

  it('a second look is taken only where it fits too', () => {
    expect(budgetAfter(1_000, 1_200).allowsSecondLook()).toBe(true);
    expect(budgetAfter(6_000, 6_200).allowsSecondLook()).toBe(false);
    expect(budgetAfter(1_000, 20_000).allowsSecondLook()).toBe(false);
  });
});
