import { isCurrency } from '../currency.ts';

/** Currencies whose prices have no decimals, and those with three: they tell what `1.250` is. */
export const WITHOUT_DECIMALS: ReadonlySet<string> = new Set([
  ...['VND', 'IDR', 'JPY', 'KRW', 'CLP', 'PYG', 'COP', 'ISK', 'HUF', 'UGX'],
]);
export const WITH_THREE_DECIMALS: ReadonlySet<string> = new Set(['KWD', 'BHD', 'OMR', 'JOD', 'TND', 'IQD', 'LYD']);

const SIGN = /^([A-Z]{0,2})(\p{Sc})$/u;

/**
 * Does a sign or code beside an amount mean this currency? `$` may mean any dollar, `US$` only one, and three capitals
 * that are no code may be anything: `OFF`, `NEG`.
 * @param currency null: of an amount whose currency nobody has named
 */
export function isOfCurrency(beside: string, currency: string | null): boolean {
  if (currency === null) return SIGN.test(beside) || isCurrency(beside);
  if (beside === currency) return true;
  const [, letters = '', sign] = SIGN.exec(beside) ?? [];
  if (sign === undefined || !isCurrency(currency)) return false;
  const [usual, narrow] = [signOf(currency, 'symbol'), signOf(currency, 'narrowSymbol')];
  return beside === usual || (narrow.endsWith(sign) && currency.startsWith(letters));
}

/** By currency and form: a formatter takes long to make, and a reply has hundreds of amounts. */
const signs = new Map<string, string>();

function signOf(currency: string, currencyDisplay: 'symbol' | 'narrowSymbol'): string {
  const key = `${currency} ${currencyDisplay}`;
  let sign = signs.get(key);
  if (sign === undefined) {
    const parts = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay }).formatToParts(0);
    sign = parts.find(({ type }) => type === 'currency')?.value ?? '';
    signs.set(key, sign);
  }
  return sign;
}

/** Is it a fraction of a coin that does not exist? Either the amount or the currency was misread then. */
export function hasForeignDecimals(amount: string | null, currency: string | null): boolean {
  return amount !== null && currency !== null && WITHOUT_DECIMALS.has(currency) && /\.0*[1-9]/.test(amount);
}
