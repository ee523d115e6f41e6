import { cleanLine } from '../../contract/clean-text.ts';
import { type Job, type ReceiptResult, readingIn } from '../../contract/fields.ts';

/** What a job came to, for a person: the receipt and its items, or why there are none. */
export function reportOf(job: Job, fileName: string): string {
  const head = `${fileName}   (receipt ${job.receipt_id}, job ${job.job_id})`;
  const times = `waited ${seconds(job.created_at, job.started_at)}, read in ${seconds(job.started_at, job.ended_at)}`;
  const reading = readingIn(job);
  if (!reading) {
    const { code = job.status, message = job.exc_info ?? '', hint = '' } = job.error ?? {};
    return [head, `  ${job.status}: ${message} (${code})`, `  ${hint}`, `  ${times}`, ''].join('\n');
  }
  return [head, ...receiptLines(reading), `  ${verdict(reading)}`, `  ${times}`, ''].join('\n');
}

function receiptLines(result: ReceiptResult): string[] {
  const { merchant_name, purchase_date, total_amount, currency, items } = result;
  const missing = '–';
  const total = total_amount ? `${total_amount} ${currency ?? ''}`.trim() : missing;
  const rows = items.map(({ item_name, quantity, total_price }) => [
    quantity ? `${trimZeros(quantity)} ×` : '',
    cleanLine(item_name, 44),
    total_price ?? missing,
  ]);
  const [quantityWidth, nameWidth, priceWidth] = [0, 1, 2].map((column) => width(rows, column));
  return [
    `  ${cleanLine(merchant_name ?? missing, 60)} · ${purchase_date ?? missing} · total ${total}`,
    ...rows.map(
      ([quantity = '', name = '', price = '']) =>
        `    ${quantity.padStart(quantityWidth ?? 0)} ${name.padEnd(nameWidth ?? 0)}  ${price.padStart(priceWidth ?? 0)}`,
    ),
  ];
}

function verdict({ confidence, needs_review, review_reasons }: ReceiptResult): string {
  const sure = confidence === null ? 'confidence unknown' : `confidence ${confidence.toFixed(2)}`;
  if (!needs_review) return `${sure}, no review needed`;
  return `${sure}, needs review: ${review_reasons.map(({ message }) => cleanLine(message, 100)).join('; ')}`;
}

function seconds(from: string | null, to: string | null): string {
  if (!from || !to) return '–';
  return `${(Math.max(0, Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
}

/** `"1.000"` → `1`, `"0.350"` → `0.35`. */
function trimZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

function width(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(0, ...rows.map((row) => [...(row[column] ?? '')].length));
}
