import type { Line, Page, Segment } from '../page.ts';

/** Fewer lines may have the same digit behind their price by chance. */
const MIN_LINES = 3;
/** "26,40 1": a price with the number of its tax class behind it. */
const PRICE_AND_CLASS = /[.,]\d{2} ([1-9])$/;

/** "B200.00": an amount behind a letter that the reader takes for a sign. */
const SIGNED = /(?<![\p{L}\d])B(\d{1,6}[.,]\d{2})(?!\d)/gu;

/**
 * Mends what stands too near to an amount: "12,901" is 12,90 of tax class 1 where other lines print that class apart, and
 * "8200.00" is B200.00 where the same amount stands behind a B elsewhere.
 */
export function withoutGluedMarks(page: Page): Page {
  const text = page.lines.map((line) => line.text).join('\n');
  const classes = page.lines.flatMap((line) => PRICE_AND_CLASS.exec(line.text)?.[1] ?? []);
  const taxClass = classes.find((digit) => classes.filter((other) => other === digit).length >= MIN_LINES);
  const signed = new Set([...text.matchAll(SIGNED)].map(([, amount]) => amount));
  if (taxClass === undefined && signed.size === 0) return page;
  const glued = new RegExp(`([.,]\\d{2})(${taxClass ?? '$.'})$`);
  const mend = (part: string): string =>
    part
      .replace(glued, '$1 $2')
      .replace(/(?<![\d.,B])8(\d{1,6}[.,]\d{2})(?!\d)/g, (whole, amount: string) =>
        signed.has(amount) ? `B${amount}` : whole,
      );
  return { ...page, lines: page.lines.map((line) => mendedLine(line, mend)) };
}

function mendedLine(line: Line, mend: (text: string) => string): Line {
  const segments = line.segments.map((segment): Segment => {
    const text = mend(segment.text);
    const { positions } = segment;
    // The blank put in stands where the digit behind it stands.
    const last = positions.slice(-1);
    return { ...segment, text, positions: text.length > segment.text.length ? [...positions, ...last] : positions };
  });
  return { ...line, text: segments.map((segment) => segment.text).join(' '), segments };
}
