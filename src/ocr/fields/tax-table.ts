import type { ReceiptText, TextLine } from './receipt-text.ts';

/** Where the table of tax rates begins: "Total" in it is a sum of its columns. */
export function taxTableStart(lines: readonly TextLine[]): number | undefined {
  const start = lines.findIndex(
    (line) =>
      line.prices.length === 0 &&
      (/\b(?:gst|tax|sst|vat) ?(?:summ|analysis|code|rate)/i.test(line.text) ||
        (/netto|mwst|must/i.test(line.text) && /brutto|umsatz|netto|total/i.test(line.text) && line.words.length >= 3)),
  );
  return start === -1 ? undefined : start;
}

/** "Summe 1,91 17,67 19,58": net, tax and gross in one line are sums of the tax table. */
export function isSumOfTaxes(line: TextLine): boolean {
  return triple(line) !== undefined;
}

function triple(line: TextLine): { gross: number; tax: number; at: number } | undefined {
  if (line.prices.length < 3) return undefined;
  const sorted = [...line.prices].sort((a, b) => b.value - a.value);
  const [gross, net, tax] = sorted.map((price) => Math.round(price.value * 1_000));
  if (gross === undefined || net === undefined || tax === undefined || Math.abs(gross - net - tax) > 10)
    return undefined;
  return tax <= gross * 0.35 ? { gross, tax, at: sorted[0]?.start ?? 0 } : undefined;
}

/** Gross sums the tax table adds up to: each row, and all rows of the table together. */
export function taxSums({ lines }: ReceiptText): { amount: number; line: TextLine; at: number }[] {
  const rows = lines.flatMap((line) => {
    const found = triple(line);
    return found === undefined ? [] : [{ amount: found.gross, line, at: found.at }];
  });
  const last = rows.at(-1);
  if (rows.length <= 1 || last === undefined) return rows;
  return [...rows, { ...last, amount: rows.reduce((sum, row) => sum + row.amount, 0) }];
}

/** Taxes by the same rows, for the tax field. */
export function taxRows({ lines }: ReceiptText): { gross: number; tax: number; line: TextLine }[] {
  return lines.flatMap((line) => {
    const found = triple(line);
    return found === undefined ? [] : [{ gross: found.gross, tax: found.tax, line }];
  });
}
