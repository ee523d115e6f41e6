import { brandOf } from './chains.ts';
import { type FoundMerchant, isName, withoutRegistration } from './found-merchant.ts';
import { likeliestName } from './likeliest-name.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { COMPANY_ENDINGS, NOT_A_MERCHANT } from './tables/merchants.ts';
import { hasPhrase } from './words.ts';

/** Lines at the top among which a name is looked for. */
const HEAD_LINES = 12;

/** Finds the shop: a known chain, a company name near the top, or the line there that looks most like a name. */
export function findMerchant(receipt: ReceiptText): FoundMerchant | undefined {
  const head = headOf(receipt);
  const company = companyOf(head);
  const isKnownByCompany = receipt.country === undefined || receipt.country.merchantName === 'company';
  if (receipt.country !== undefined && isKnownByCompany && company !== undefined) return company;
  return (
    brandOf(receipt, head) ?? likeliestName(head, receipt.lines) ?? company ?? footName(receipt) ?? webName(receipt)
  );
}

/** The lines above the first price. */
function headOf({ lines }: ReceiptText): TextLine[] {
  const firstPrice = lines.findIndex(
    (line) => line.prices.some((price) => price.end >= line.text.length - 6) && !/\d\s?Uhr/.test(line.text),
  );
  return lines.slice(0, Math.min(HEAD_LINES, firstPrice < 2 ? HEAD_LINES : firstPrice));
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
