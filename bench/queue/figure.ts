/** One measured number, with what it is compared to and what it must reach. */
export interface Figure {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly baseline?: { readonly what: string; readonly value: number };
  /** Ours over the baseline: the median of the rounds' ratios. */
  readonly ratio?: number;
  /** Lowest and highest round: of the ratio where there is one, of the value otherwise. */
  readonly spread?: readonly [number, number];
  readonly bound?: Bound;
}

/** What is bounded is the ratio where the figure has one. */
export type Bound = { readonly atMost: number } | { readonly atLeast: number };

/** @returns undefined when nothing was promised */
export function isMet({ value, ratio, bound }: Figure): boolean | undefined {
  if (!bound) return undefined;
  const measured = ratio ?? value;
  return 'atMost' in bound ? measured <= bound.atMost : measured >= bound.atLeast;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The smallest number that this part of them does not exceed. */
export function percentile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

export function spreadOf(numbers: readonly number[]): readonly [number, number] {
  return [Math.min(...numbers), Math.max(...numbers)];
}
