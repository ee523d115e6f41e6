/** A decimal as printed. */
export interface Decimal {
  readonly value: number;
  readonly decimals: number;
}

/** Reads "0,162" or "0.162"; a single mark is always a decimal mark here. */
export function decimal(text: string): Decimal {
  const [head = '', tail = ''] = text.split(/[.,]/);
  return { value: Number(tail === '' ? head : `${head}.${tail}`), decimals: tail.length };
}

/** The first group of every match of a pattern, as decimals. */
export function decimalsIn(text: string, pattern: RegExp): Decimal[] {
  return [...text.matchAll(pattern)].map((match) => decimal(match[1] ?? ''));
}
