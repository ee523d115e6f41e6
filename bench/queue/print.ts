import { type Figure, isMet } from './figure.ts';

const number = (value: number) =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** Two lines a figure: what was measured, and what it is compared to. */
export function printFigure(figure: Figure): void {
  const { what, value, unit, baseline, ratio, spread, bound } = figure;
  const met = isMet(figure);
  const parts = [`${number(value)} ${unit}`];
  if (ratio !== undefined) parts.push(`= ${number(ratio)}×`);
  if (spread) parts.push(`(rounds ${number(spread[0])} to ${number(spread[1])})`);
  if (bound) parts.push('atMost' in bound ? `must be ≤ ${number(bound.atMost)}` : `must be ≥ ${number(bound.atLeast)}`);
  console.log(`${met === undefined ? ' ' : met ? '✓' : '✗'} ${what}: ${parts.join(' ')}`);
  if (baseline) console.log(`    beside ${number(baseline.value)} ${unit}: ${baseline.what}`);
}
