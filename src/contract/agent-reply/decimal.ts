/** Exact decimal arithmetic on text: `-12.50`. A float would change the amounts it carries. */
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

interface Parts {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

function partsOf(decimal: string): Parts {
  const match = DECIMAL.exec(decimal);
  if (!match) throw new RangeError('not a decimal');
  return { negative: match[1] === '-', whole: match[2] ?? '0', fraction: match[3] ?? '' };
}

/** No superfluous zeros in front, no negative zero. */
export function decimalOf(negative: boolean, whole: string, fraction: string): string {
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  const isZero = /^0*$/.test(digits + fraction);
  return `${negative && !isZero ? '-' : ''}${digits}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A finite number in full: `1e-7` as `0.0000001`. */
export function decimalOfNumber(value: number): string {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  return shifted(mantissa, Number(exponent));
}

/** @param decimal times ten to the power of `exponent` */
export function shifted(decimal: string, exponent: number): string {
  const { negative, whole, fraction } = partsOf(decimal);
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return decimalOf(negative, '0', '0'.repeat(-point) + digits);
  return decimalOf(negative, digits.slice(0, point).padEnd(point, '0'), digits.slice(point));
}

/** Rounded half away from zero, as PostgreSQL does; what has no more digits than that stays as it is. */
export function rounded(decimal: string, scale: number): string {
  const { negative, whole, fraction } = partsOf(decimal);
  if (fraction.length <= scale) return decimal;
  const kept = BigInt(whole + fraction.slice(0, scale)) + ((fraction[scale] ?? '0') >= '5' ? 1n : 0n);
  const digits = kept.toString().padStart(scale + 1, '0');
  return decimalOf(negative, digits.slice(0, digits.length - scale), digits.slice(digits.length - scale));
}

/** @param factor a whole number */
export function multiplied(decimal: string, factor: number): string {
  const { negative, whole, fraction } = partsOf(decimal);
  const digits = (BigInt(whole + fraction) * BigInt(factor)).toString().padStart(fraction.length + 1, '0');
  const point = digits.length - fraction.length;
  return decimalOf(negative, digits.slice(0, point), digits.slice(point).replace(/0+$/, ''));
}

/** Did rounding take away more than zeros? */
export function sameAmount(one: string, other: string): boolean {
  const plain = (decimal: string) => {
    const { negative, whole, fraction } = partsOf(decimal);
    return decimalOf(negative, whole, fraction.replace(/0+$/, ''));
  };
  return plain(one) === plain(other);
}

/** Digits before the point; 0 for `0.99`. */
export function wholeDigits(decimal: string): number {
  const { whole } = partsOf(decimal);
  return whole.replace(/^0+/, '').length;
}

/** The exact sum, with as many decimals as the longest has. */
export function sumOf(decimals: readonly string[]): string {
  const scale = Math.max(0, ...decimals.map((decimal) => partsOf(decimal).fraction.length));
  const total = decimals.reduce((sum, decimal) => sum + scaled(decimal, scale), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(scale + 1, '0');
  return decimalOf(total < 0n, digits.slice(0, digits.length - scale), digits.slice(digits.length - scale));
}

function scaled(decimal: string, scale: number): bigint {
  const { negative, whole, fraction } = partsOf(decimal);
  const value = BigInt(whole + fraction.padEnd(scale, '0'));
  return negative ? -value : value;
}

/** Is the difference of the two smaller than `step`? */
export function differByLess(one: string, other: string, step: string): boolean {
  const scale = Math.max(...[one, other, step].map((decimal) => partsOf(decimal).fraction.length));
  const difference = scaled(one, scale) - scaled(other, scale);
  return (difference < 0n ? -difference : difference) < scaled(step, scale);
}
