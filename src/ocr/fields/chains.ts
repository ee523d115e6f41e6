import type { FoundMerchant } from './found-merchant.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { BRANDS, type Brand } from './tables/merchants.ts';
import { fold, squeeze, withinOneEdit } from './words.ts';

/** A well-known chain, by its sign, its full name or its web address. */
export function brandOf({ lines, country }: ReceiptText, head: readonly TextLine[]): FoundMerchant | undefined {
  const brands = country === undefined ? Object.values(BRANDS).flat() : (BRANDS[country.code] ?? []);
  return (
    firstBrand(brands, head, 'head') ??
    (country === undefined ? undefined : nearlyBrand(brands, head)) ??
    firstBrand(brands, lines.slice(head.length), 'body')
  );
}

/** Signs are drawn, not set: a letter other than the first may be missing or read as another. Only where nothing else stands on the line, and one chain alone fits. */
function nearlyBrand(brands: readonly Brand[], head: readonly TextLine[]): FoundMerchant | undefined {
  for (const line of head.slice(0, 4)) {
    const sign = squeeze(line.text);
    const near = brands.filter(
      ({ squeezed }) => squeezed.length >= 4 && sign[0] === squeezed[0] && withinOneEdit(sign, squeezed),
    );
    const [only] = near;
    if (only === undefined || near.length > 1) continue;
    return { name: only.name, line, rule: 'merchant: known chain, its sign, one letter off', confidence: 0.85 };
  }
  return undefined;
}

function firstBrand(
  brands: readonly Brand[],
  lines: readonly TextLine[],
  part: 'head' | 'body',
): FoundMerchant | undefined {
  for (const line of lines) {
    const match = part === 'head' ? headMatch(line) : bodyMatch(line);
    for (const brand of brands) {
      const how = match(brand);
      if (how !== undefined) {
        return {
          name: brand.name,
          line,
          rule: `merchant: known chain, ${how}`,
          confidence: part === 'head' ? 0.97 : 0.85,
        };
      }
    }
  }
  return undefined;
}

/** How a line names a chain, or undefined. What only the line decides is done once, before all the chains are tried. */
type BrandMatch = (brand: Brand) => string | undefined;

function headMatch(line: TextLine): BrandMatch {
  const alone = squeeze(line.text);
  const segments = new Set(line.source.segments.map(({ text }) => fold(text)));
  return (brand) => {
    if (hasFullName(line, brand)) return 'its full name';
    if (alone === brand.squeezed) return 'its sign';
    if (brand.squeezed.length >= 4 && exactPhrase(line.words, brand.words)) return 'its name in a line';
    return segments.has(brand.folded) ? 'its sign' : undefined;
  };
}

function bodyMatch(line: TextLine): BrandMatch {
  const domains = new Set(Array.from(fold(line.text).matchAll(DOMAIN), ([, domain]) => domain));
  return (brand) => {
    if (hasFullName(line, brand)) return 'its full name';
    return domains.has(brand.squeezed) ? 'its web address' : undefined;
  };
}

const DOMAIN = /([\p{L}\d]+)\.(?=(?:de|com|at|ch|vn|my|co)(?!\p{L}))/gu;

function hasFullName({ words }: TextLine, { also }: Brand): boolean {
  return also.some((other) => exactPhrase(words, other));
}

function exactPhrase(words: readonly string[], wanted: readonly string[]): boolean {
  for (let at = 0; at + wanted.length <= words.length; at++) {
    if (wanted.every((word, i) => words[at + i] === word)) return true;
  }
  return false;
}
