import type { ReceiptText, TextLine } from './receipt-text.ts';
import { BRANDS, type Brand, COMPANY_ENDINGS, COMPANY_WORDS, NOT_A_MERCHANT } from './tables/merchants.ts';
import { fold, hasPhrase, squeeze, withinOneEdit } from './words.ts';

/** The shop's name and why it was taken. */
export interface FoundMerchant {
  readonly name: string;
  readonly line: TextLine;
  readonly rule: string;
  readonly confidence: number;
}

/** Lines at the top among which a name is looked for. */
const HEAD_LINES = 12;

/** Finds the shop: a known chain, a company name near the top, or the line there that looks most like a name. */
export function findMerchant(receipt: ReceiptText): FoundMerchant | undefined {
  const head = headOf(receipt);
  const company = companyOf(head);
  if (receipt.country?.merchantName === 'company' && company !== undefined) return company;
  return brandOf(receipt, head) ?? company ?? likeliestName(head) ?? footName(receipt) ?? webName(receipt);
}

/** The lines above the first price. */
function headOf({ lines }: ReceiptText): TextLine[] {
  const firstPrice = lines.findIndex(
    (line) => line.prices.some((price) => price.end >= line.text.length - 6) && !/\d\s?Uhr/.test(line.text),
  );
  return lines.slice(0, Math.min(HEAD_LINES, firstPrice < 2 ? HEAD_LINES : firstPrice));
}

function brandOf({ lines, country }: ReceiptText, head: readonly TextLine[]): FoundMerchant | undefined {
  const brands = country === undefined ? Object.values(BRANDS).flat() : (BRANDS[country.code] ?? []);
  return (
    firstBrand(brands, head, 'head') ??
    nearlyBrand(brands, head) ??
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

function isName(line: TextLine): boolean {
  const letters = line.text.match(/\p{L}/gu)?.length ?? 0;
  const digits = line.text.match(/\d/g)?.length ?? 0;
  return (
    letters >= 3 &&
    digits <= letters &&
    line.source.confidence >= 0.6 &&
    !/@|www\.|https?:|\.(?:com|de|vn)\b/i.test(line.text)
  );
}

/** The first line that ends like a company. A bare ending ("SDN BHD") belongs to the line above it. */
function companyOf(head: readonly TextLine[]): FoundMerchant | undefined {
  for (const line of head) {
    if (!isName(line) || !hasPhrase(line.words, COMPANY_ENDINGS)) continue;
    if (/licensee|owned by|formerly|bill to|managed by/i.test(head[line.index - 1]?.text ?? '')) continue;
    const name = withoutRegistration(line.text);
    const before = head[line.index - 1];
    const isBareEnding =
      (name.match(/\p{L}/gu)?.length ?? 0) <= 12 && /^(?:\(?M\)?|CO\.?|SDN|BHD|TRADING|ENTERPRISE|GMBH)\b/i.test(name);
    if (isBareEnding && before !== undefined && isName(before)) {
      return {
        name: `${withoutRegistration(before.text)} ${name}`,
        line: before,
        rule: 'merchant: company name over two lines',
        confidence: 0.85,
      };
    }
    if (hasPhrase(line.words, NOT_A_MERCHANT) && !/\b(?:SDN|BHD|GMBH)\b/i.test(name)) continue;
    return { name, line, rule: 'merchant: company name', confidence: 0.9 };
  }
  return undefined;
}

/** The line near the top that looks most like a name: large, early, of letters, with a word shops use. */
function likeliestName(head: readonly TextLine[]): FoundMerchant | undefined {
  let best: FoundMerchant | undefined;
  let bestScore = 0;
  for (const line of head) {
    if (!isName(line) || hasPhrase(line.words, NOT_A_MERCHANT)) continue;
    if (/^\d{4,6}\b|\b\d{5}\b/.test(line.text)) continue;
    const size = Math.min(line.source.size, 3);
    let score = 2 + size - line.index * 0.35 + (line.source.confidence - 0.9) * 5;
    if (hasPhrase(line.words, COMPANY_WORDS)) score += 1.5;
    if (/^[^a-z]{5,}$/.test(line.text)) score += 0.5;
    if (/[.!?]$/.test(line.text.trim()) && line.words.length > 3) score -= 1.5;
    if (score > bestScore) {
      bestScore = score;
      best = {
        name: withoutRegistration(line.text),
        line,
        rule: 'merchant: most name-like line at the top',
        confidence: Math.min(0.85, 0.45 + score * 0.08),
      };
    }
  }
  return best;
}

function footName({ lines }: ReceiptText): FoundMerchant | undefined {
  for (const line of [...lines].reverse()) {
    if (isName(line) && hasPhrase(line.words, COMPANY_ENDINGS) && line.words.length <= 8) {
      return {
        name: withoutRegistration(line.text),
        line,
        rule: 'merchant: company name at the foot',
        confidence: 0.55,
      };
    }
  }
  return undefined;
}

function webName({ lines }: ReceiptText): FoundMerchant | undefined {
  for (const line of lines) {
    const name = /(?:www\.)([a-z0-9-]{3,})\.(?:de|com|at|ch|vn|my|co)\b/i.exec(line.text)?.[1];
    if (name !== undefined) return { name, line, rule: 'merchant: web address', confidence: 0.5 };
  }
  return undefined;
}

/** A company's name without its registration number in brackets or behind it. */
function withoutRegistration(text: string): string {
  const bare = text
    .replace(/\(?\s*(?:co\.? ?)?(?:reg\.?|no\.?)?\s*:?\s*\(?\d{4,}[-\s]?[A-Z]{0,2}\s*\)?\s*$/i, '')
    .replace(/\s*\([\dA-Z-]*\d{4,}[\dA-Z -]*\)\s*$/i, '')
    .replace(/[,;:\s]+$/, '')
    .trim();
  return bare.length >= 2 ? bare : text.trim();
}
