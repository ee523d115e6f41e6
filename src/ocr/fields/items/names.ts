import { SIGN } from '../currency-signs.ts';

export function letterCount(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}

function digitCount(text: string): number {
  return text.match(/\d/g)?.length ?? 0;
}

/** An article number and the like: more digits than letters, or a few letters joined to several digits. */
export function isCode(text: string): boolean {
  const digits = digitCount(text);
  if (digits >= 5 && digits >= letterCount(text)) return true;
  return digits >= 3 && /^[A-Z]{0,4}-?\d[\d\s/.-]*[A-Z]{0,2}$/.test(text.trim());
}

/** Units at the end of a name that the reader takes for digits: "1,51" for 1,5l, "2009" for 200g, "1k9" for 1kg. */
const MISREAD_UNITS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\d[.,]\d)1$/, 'l'],
  [/(?<=\b\d{0,2}[05]0)9$/, 'g'],
  [/(?<=\dk)9$/, 'g'],
];

/** A tax code or a currency that stands before the price. */
const CODE_BEHIND = new RegExp(`\\s+(?:SR|ZRL|ZR|${SIGN})\\.?\\s*$`, 'u');

/** "(4 @130.00)", or its head, where the numbers were taken for quantity and price. */
const BRACKET_BEHIND = /\s*\((?:\d[\d\s.,@x€$£]*\)?)?\s*$/u;

/** What a product is called: without article numbers around it, tax letters and signs behind it. */
export function cleanName(text: string): string {
  return text
    .replace(/^[\s*#"'.,:;|-]+(?=[\p{L}\d(])/u, '')
    .replace(/^(?:SR|ZR|ZRL|OS)[\s:]+(?=[\p{L}\d])/u, '')
    .replace(/^[IlO]?\d[\d .-]{4,}[-:\s]\s*(?=[\p{L}\d"])/u, (code) => (digitCount(code) >= 5 ? '' : code))
    .replace(/^\d{3,}[\s:-]+#?(?=\p{L})/u, '')
    .replace(/^(?:SR|ZR|ZRL|OS):\s*/u, '')
    .replace(BRACKET_BEHIND, '')
    .replace(/\s+\d{5,}(?:\s+[A-Z]{1,2})?\s*$/u, '')
    .replace(/\s+[*#][A-Z]{0,2}$/u, '')
    .replace(CODE_BEHIND, '')
    .replace(/[\s*#:;,|@€$£×-]+$/u, '')
    .trim()
    .replace(/.+$/u, mendUnit);
}

function mendUnit(name: string): string {
  return MISREAD_UNITS.reduce((mended, [misread, unit]) => mended.replace(misread, unit), name);
}
