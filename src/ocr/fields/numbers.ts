/** A number as printed on a line. */
export interface PrintedNumber {
  /** Always positive; see `minus`. */
  readonly value: number;
  readonly decimals: number;
  readonly minus: boolean;
  /** Thousands are set apart ("1,129" in a receipt that writes decimals with a dot). */
  readonly grouped: boolean;
  readonly start: number;
  readonly end: number;
  /** Letters that follow without a space: a unit or a tax letter. */
  readonly suffix: string;
  /** A currency sign or code stands directly beside it. */
  readonly currency: boolean;
  /** A multiplication sign stands directly before or after. */
  readonly times: boolean;
}

/** How numbers are written on one receipt. */
export interface NumberStyle {
  readonly decimalMark: '.' | ',';
  /** 0 where prices have no decimals (đồng), else 2. */
  readonly priceDecimals: 0 | 2;
}

const CURRENCY_BEFORE = /(?:\b|(?<=\d))(?:RM|EUR|USD|VND|SGD|CHF|MYR|S\$)\s?-?\s?$|[€$£]\s?-?\s?$|(?<=\p{Ll})RM-?$/u;
const CURRENCY_AFTER = /^\s?(?:€|₫|đ|VN[DĐ]|RM\b|EUR\b|USD\b|\$)/;

/** Decides how decimals are written, by the majority of amounts with two decimals. `usual` decides a tie. */
export function numberStyle(text: string, usual: '.' | ',', priceDecimals: 0 | 2): NumberStyle {
  const dots = text.match(/(?<![\d.,])\d{1,5}\.\d{2}(?![\d.,/:])/g)?.length ?? 0;
  const commas = text.match(/(?<![\d.,])\d{1,5},\d{2}(?![\d.,/:])/g)?.length ?? 0;
  if (dots === commas) return { decimalMark: usual, priceDecimals };
  return { decimalMark: dots > commas ? '.' : ',', priceDecimals };
}

/** Mends what the reader does to numbers: spaces around the decimal mark, letters for zeros. Keeps the length where it can. */
export function mendNumbers(text: string): string {
  return text
    .replace(/(?<![\d.,])(\d{1,4}) ([.,]\d{2})(?![\d.,])/g, '$1$2')
    .replace(/(?<![\d.,])(\d{1,4}[.,]) (\d{2})(?![\d.,])/g, '$1$2')
    .replace(/((?:RM|[€$£])\s?\d{1,4}):(\d{2})(?![\d:])/g, '$1.$2')
    .replace(/(?<=(?:RM|[$€])\s?\d) (?=\d{1,3}[.,]\d{2}(?!\d))/g, '')
    .replace(/(?<=RM|\$|€|^|\s)[oO](?=[.,]\d{2}(?!\d))/g, '0')
    .replace(/(?<=\d[.,])[oOD](?=\d(?!\d))/g, '0')
    .replace(/(?<=(?<![\d.,])\d{1,4}[.,]\d)[oOD](?![\p{L}\d])/gu, '0')
    .replace(/(?<=(?<![\d.,])\d{1,4}[.,])[oO]{2}(?![\p{L}\d])/gu, '00');
}

/** Puts the mark into a price whose mark was not read ("RM 15 15"). Only for lines where no price was found. */
export function mendMark(text: string): string {
  return text.replace(/((?:RM|EUR|[$€])\s?-?\d{1,4}) (\d{2})(?=\D*$)/, '$1.$2');
}

const MEASURES = /^(?:l|ml|cl|kg|g|gr|cm|mm|m|v|w)$/i;

/** All numbers of a line that could be amounts, quantities or prices: no dates, times, phone numbers, rates or parts of words. */
export function findNumbers(text: string, style: NumberStyle): PrintedNumber[] {
  const numbers: PrintedNumber[] = [];
  for (const match of text.matchAll(/\d+(?:[.,]\d+)*|(?<![\d.,])[.,]\d{2}(?![\d.,])/g)) {
    const start = match.index;
    const end = start + match[0].length;
    const before = text.slice(0, start);
    const after = text.slice(end);
    if (isPartOfSomething(before, after)) continue;
    const parsed = parseDigits(match[0], style);
    if (parsed === undefined) continue;
    const suffix = /^\p{L}*/u.exec(after)?.[0] ?? '';
    numbers.push({
      ...parsed,
      minus:
        /(?:^|[^\p{L}\d])[-–−]\s?(?:RM|EUR|[€$£])?\s?$|(?:RM|EUR|[€$£])\s?[-–−]\s?$/u.test(before) ||
        /^\s?[-–−](?![\d\p{L}])/u.test(after),
      start,
      end,
      suffix,
      currency: CURRENCY_BEFORE.test(before) || CURRENCY_AFTER.test(after),
      times: /[x×*@]\s?(?:RM|EUR|[€$£])?\s?$/i.test(before) || /^\s?[x×*@](?![\p{L}])/iu.test(after),
    });
  }
  return numbers;
}

function isPartOfSomething(before: string, after: string): boolean {
  if (/^\s?(?:%|Uhr\b)/i.test(after) || /^[ ]?[oO0]?\/[oO0]/.test(after)) return true;
  if (/\d[/:]$|\d-$|#\s?$/.test(before) || /^[/:]\d|^-\d|^[.,]-?\d/.test(after)) return true;
  const letters = /\p{L}+-?$/u.exec(before)?.[0] ?? '';
  if (letters !== '' && !CURRENCY_BEFORE.test(before) && !/^[x×]$/i.test(letters)) return true;
  return /^\p{L}{4,}/u.test(after) && !/^(?:liter|litre|stück|stck|euro)/i.test(after);
}

function parseDigits(
  digits: string,
  { decimalMark, priceDecimals }: NumberStyle,
): Pick<PrintedNumber, 'value' | 'decimals' | 'grouped'> | undefined {
  const marks = digits.match(/[.,]/g) ?? [];
  if (marks.length === 0) return digits.length > 9 ? undefined : { value: Number(digits), decimals: 0, grouped: false };
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const head = digits.slice(0, last).replace(/[.,]/g, '');
  const tail = digits.slice(last + 1);
  const groups = digits.split(/[.,]/);
  const grouped = groups.length > 1 && groups.slice(1).every((group) => group.length === 3);
  if (grouped && (marks.length > 1 || isThousands(groups[0] ?? '', marks[0] ?? '', decimalMark, priceDecimals))) {
    if (new Set(marks).size > 1) return { value: Number(`${head}.${tail}`), decimals: 3, grouped: true };
    return { value: Number(digits.replace(/[.,]/g, '')), decimals: 0, grouped: true };
  }
  if (marks.length > 1 && !groups.slice(1, -1).every((group) => group.length === 3)) return undefined;
  if (tail.length > 4) return undefined;
  return { value: Number(`${head || '0'}.${tail}`), decimals: tail.length, grouped: marks.length > 1 };
}

/** "1.129" is a thousand in a receipt that writes decimals with a comma, 1.129 litres in one that does not. */
function isThousands(head: string, mark: string, decimalMark: '.' | ',', priceDecimals: 0 | 2): boolean {
  if (head === '' || head.startsWith('0')) return false;
  return priceDecimals === 0 || mark !== decimalMark;
}

/** Whether a number is written as a price of this receipt. */
export function isPrice(number: PrintedNumber, { priceDecimals }: NumberStyle): boolean {
  if (MEASURES.test(number.suffix)) return false;
  if (priceDecimals === 2) return number.decimals === 2;
  return number.grouped || (number.decimals === 0 && number.currency && number.value >= 100);
}

/** The amount in hundredths, with its sign. */
export function hundredths(number: PrintedNumber): number {
  return Math.round(number.value * 100) * (number.minus ? -1 : 1) + 0;
}

/** Hundredths as a decimal string with the decimals of the currency. */
export function moneyText(amount: number, decimals: 0 | 2): string {
  return (amount / 100).toFixed(decimals);
}
