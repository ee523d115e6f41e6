/** A currency as receipts print it. */
export interface Currency {
  readonly code: string;
  /** Decimals that its prices are printed with. */
  readonly decimals: 0 | 2 | 3;
  /** Signs and words that mean this currency and no other. */
  readonly signs: readonly string[];
  /** Sums paid in cash are rounded to a multiple of this, in thousandths. */
  readonly cashStep?: number;
  /** The code is also an everyday word ("PEN 1.50"): believed only beside a sum. */
  readonly isWord?: boolean;
}

function row(code: string, decimals: 0 | 2 | 3, signs = '', more: Partial<Currency> = {}): Currency {
  return { code, decimals, signs: [code, ...signs.split(' ').filter((sign) => sign !== '')], ...more };
}

export const CURRENCIES: readonly Currency[] = [
  row('EUR', 2, '€ EURO'),
  row('USD', 2, 'US$'),
  row('GBP', 2, '£'),
  row('CHF', 2, 'SFr Fr', { cashStep: 50 }),
  row('MYR', 2, 'RM', { cashStep: 50 }),
  row('SGD', 2, 'S$', { cashStep: 50 }),
  row('VND', 0, 'VNĐ ₫ đ', { cashStep: 1_000_000 }),
  row('AUD', 2, 'A$ AU$', { cashStep: 50 }),
  row('NZD', 2, 'NZ$', { cashStep: 100 }),
  row('CAD', 2, 'C$ CA$', { cashStep: 50 }),
  row('HKD', 2, 'HK$', { cashStep: 100 }),
  row('TWD', 0, 'NT$'),
  row('MXN', 2, 'MX$'),
  row('BRL', 2, 'R$'),
  row('ARS', 2, 'AR$', { isWord: true }),
  row('CLP', 0, 'CLP$'),
  row('COP', 0, 'COL$', { isWord: true }),
  row('PEN', 2, 'S/', { isWord: true }),
  row('UYU', 2, '$U'),
  row('CRC', 0, '₡'),
  row('JPY', 0, 'YEN'),
  row('CNY', 2, 'RMB'),
  row('KRW', 0, '₩ WON'),
  row('INR', 2, '₹'),
  row('PKR', 2),
  row('LKR', 2),
  row('NPR', 2),
  row('BDT', 2, '৳ Tk'),
  row('IDR', 0, 'Rp'),
  row('THB', 2, '฿ BAHT'),
  row('PHP', 2, '₱'),
  row('SEK', 2, '', { cashStep: 1_000 }),
  row('NOK', 2, '', { cashStep: 1_000 }),
  row('DKK', 2, '', { cashStep: 500 }),
  row('ISK', 0, ''),
  row('PLN', 2, 'zł zl'),
  row('CZK', 2, 'Kč Kc', { cashStep: 1_000 }),
  row('HUF', 0, 'Ft', { cashStep: 5_000 }),
  row('RON', 2, 'lei'),
  row('BGN', 2),
  row('RSD', 2),
  row('UAH', 2, '₴'),
  row('RUB', 2, '₽'),
  row('TRY', 2, '₺ TL', { isWord: true }),
  row('ILS', 2, '₪ NIS', { cashStep: 100 }),
  row('ZAR', 2, '', { cashStep: 100 }),
  row('NGN', 2, '₦'),
  row('KES', 2, 'KSh'),
  row('GHS', 2, 'GH₵'),
  row('EGP', 2),
  row('MAD', 2, '', { isWord: true }),
  row('XOF', 0, 'FCFA CFA'),
  row('AED', 2, 'Dhs'),
  row('SAR', 2),
  row('QAR', 2),
  row('KWD', 3, 'KD'),
  row('BHD', 3, '', { isWord: true }),
  row('OMR', 3),
  row('JOD', 3),
  row('TND', 3),
  row('IQD', 0),
];

/** A sign that several countries share: without one of them it names no currency for certain. */
export interface SharedSign {
  readonly signs: readonly string[];
  readonly codes: readonly string[];
  /** The likeliest, given in doubt where nothing says which country it is. */
  readonly likeliest?: string;
}

export const SHARED_SIGNS: readonly SharedSign[] = [
  {
    signs: ['$'],
    codes: ['USD', 'AUD', 'CAD', 'NZD', 'SGD', 'HKD', 'TWD', 'MXN', 'ARS', 'CLP', 'COP', 'UYU', 'MYR'],
    likeliest: 'USD',
  },
  { signs: ['¥'], codes: ['JPY', 'CNY'] },
  { signs: ['kr'], codes: ['SEK', 'NOK', 'DKK', 'ISK'] },
  { signs: ['Rs'], codes: ['INR', 'PKR', 'LKR', 'NPR'], likeliest: 'INR' },
  { signs: ['R'], codes: ['ZAR'], likeliest: 'ZAR' },
];

export const CURRENCY_BY_CODE: ReadonlyMap<string, Currency> = new Map(
  CURRENCIES.map((currency) => [currency.code, currency]),
);
