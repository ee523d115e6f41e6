import { datesIn } from './date-forms.ts';
import { type FoundMerchant, isName, withoutRegistration } from './found-merchant.ts';
import type { TextLine } from './receipt-text.ts';
import { ADDRESSES, TELEPHONE } from './tables/addresses.ts';
import { COMPANY_ENDINGS, COMPANY_WORDS, NOT_A_MERCHANT } from './tables/merchants.ts';
import { hasPhrase, squeeze, wordsOf } from './words.ts';

/** The line near the top that looks most like a name: large, early, of letters, with a word shops use. */
export function likeliestName(head: readonly TextLine[], all: readonly TextLine[]): FoundMerchant | undefined {
  let best: FoundMerchant | undefined;
  let bestScore = 0;
  let passed = 0;
  for (const line of head) {
    if (!isName(line) || isOfTheTill(line)) continue;
    const score = nameScore(line, all) - passed * 0.4;
    passed++;
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

/** An address, a telephone number, or a line the till prints about itself and the sale. */
function isOfTheTill(line: TextLine): boolean {
  const text = withoutBranch(line.text.trim());
  if (ADDRESSES.some((address) => address.test(text)) || TELEPHONE.test(text)) return true;
  // "#Waka1 (10)", "LANE 6", "Store Number 364"
  if (/^#|^\W*\p{L}+\W*\d+\W*$|^store\W*(?:#|no|number|nr)?\.?\W*\d*$/iu.test(text))
    return !/\p{L}{5}/u.test(text) || /^#|^store/i.test(text);
  if (/^\d{4,6}\b|\b\d{5}\b/.test(text) || datesIn(text).length > 0) return true;
  const words = wordsOf(text);
  if (!hasPhrase(words, NOT_A_MERCHANT)) return false;
  // "The Receipt Bar": such a word beside the words of a shop.
  return !hasPhrase(words, COMPANY_WORDS) || words.length > 4 || /[:!]/.test(text);
}

/** "Steak House No:11" without the number of the branch. */
function withoutBranch(text: string): string {
  const name = text.replace(/\W{0,3}(?:no|nr|unit|store|branch)?\W{0,2}[#:]\s?\d+$/i, '');
  return name === '' ? text : name;
}

function nameScore(line: TextLine, all: readonly TextLine[]): number {
  const text = line.text.trim();
  let score = 2 + Math.min(line.source.size, 3) - line.index * 0.15 + (line.source.confidence - 0.9) * 5;
  if (hasPhrase(line.words, COMPANY_WORDS)) score += 0.5;
  if (hasPhrase(line.words, COMPANY_ENDINGS)) score += 0.75;
  if (/^[^a-z]{5,}$/.test(text)) score += 0.5;
  if (/[.!?]$/.test(text) && line.words.length > 3) score -= 1.5;
  if (/^\p{Ll}/u.test(text) && line.words.length > 1) score -= 1.5;
  if (/[:!]/.test(text)) score -= 0.75;
  if (line.words.some((word) => SPEAKING.has(word))) score -= 1.5;
  if (isNamedAgain(line, all)) score += 1;
  return score;
}

/** Words by which a shop speaks to its customers. */
const SPEAKING: ReadonlySet<string> = new Set([
  'you',
  'your',
  'we',
  'our',
  'us',
  'inside',
  'what',
  'how',
  'ihr',
  'sie',
  'wir',
  'votre',
  'vous',
  'su',
]);

/** The same name stands in a web address or in a sentence further down. */
function isNamedAgain(line: TextLine, all: readonly TextLine[]): boolean {
  const name = squeeze(line.text);
  if (name.length < 4) return false;
  return all.some((other) => other.index > line.index && squeeze(other.text).includes(name));
}
