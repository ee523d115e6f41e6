/** Amounts are decimal strings from end to end: they are written by locale and never become floats. */

const DECIMAL = /^-?\d{1,30}(\.\d{1,12})?$/;
const CODE = /^[A-Z]{3}$/;
const MOST_DIGITS = 12;

/**
 * `2516.28`, `USD` → `2,516.28 USD` by the reader's locale; what is no decimal is given back as it is, and nothing is `–`.
 * @param locale the browser's own where left out
 */
export function moneyOf(amount: string | null | undefined, currency?: string | null, locale?: string): string {
  if (amount === null || amount === undefined || amount === '') return '–';
  const code = currency && CODE.test(currency) ? currency : undefined;
  const number = DECIMAL.test(amount) ? decimalOf(amount, fewestDigits(code), locale) : amount;
  return code === undefined ? number : `${number}\u00a0${code}`;
}

/** `12906` → `12,906` by the reader's locale. */
export function countOf(count: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** Part of a whole in per cent; no whole, no part. */
export function shareOf(part: number, whole: number, locale?: string): string {
  if (whole <= 0) return '–';
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(part / whole);
}

function decimalOf(amount: string, fewest: number, locale?: string): string {
  const [, fraction = ''] = amount.split('.');
  const meant = fraction.replace(/0+$/, '').length;
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: Math.max(fewest, meant),
    maximumFractionDigits: MOST_DIGITS,
  });
  // A decimal string is formatted exactly; a number would be a float.
  return format.format(amount as `${number}`);
}

/** Digits after the point that a currency is always written with. */
function fewestDigits(code: string | undefined): number {
  if (code === undefined) return 2;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency: code });
  return format.resolvedOptions().minimumFractionDigits ?? 2;
}
