import { LABEL_RULES, type LabelRule } from './tables/labels.ts';
import { hasPhrase, sameWord } from './words.ts';

export const CURRENCY_WORDS: ReadonlySet<string> = new Set([
  'eur',
  'euro',
  'rm',
  'usd',
  'vnd',
  'myr',
  'chf',
  'e',
  'k',
  'd',
]);

/** The same lines are asked about by total, items, sums and currency. */
const known = new Map<string, LabelRule | undefined>();
const MOST_KNOWN = 1_000;

/** The first rule of the table whose words occur. */
export function labelOf(words: readonly string[]): LabelRule | undefined {
  const line = words.join(' ');
  if (known.has(line)) return known.get(line);
  if (known.size >= MOST_KNOWN) known.clear();
  const rule = findLabel(words);
  known.set(line, rule);
  return rule;
}

function findLabel(words: readonly string[]): LabelRule | undefined {
  const plain = words.filter((word) => !CURRENCY_WORDS.has(word) && !/^\d+$/.test(word));
  return LABEL_RULES.find((rule) => {
    if (!hasPhrase(words, rule.phrases)) return false;
    return !rule.alone || rule.phrases.some((phrase) => phrase.words.length === plain.length);
  });
}

const LABEL_WORDS = new Set(LABEL_RULES.flatMap(({ phrases }) => phrases.flatMap(({ words }) => words)));
/** Only words of five letters and more are recognised with a slip. */
const LONG_LABEL_WORDS = [...LABEL_WORDS].filter((word) => word.length >= 5);
const FILLERS = new Set([
  'inclusive',
  'including',
  'incl',
  'sales',
  'amount',
  'with',
  'payment',
  'myr',
  'eur',
  'euro',
  'the',
  'and',
  'inkl',
  'der',
  'des',
  'rate',
  'state',
  'city',
  'county',
  'local',
  'federal',
  'food',
  'counter',
  'included',
  'includes',
]);

/** How many words of a line belong to no label. */
export function strangersIn(words: readonly string[]): number {
  return words.filter((word) => word.length >= 3 && !/^\d+$/.test(word) && !FILLERS.has(word) && !isLabelWord(word))
    .length;
}

function isLabelWord(word: string): boolean {
  if (LABEL_WORDS.has(word)) return true;
  return word.length >= 5 && LONG_LABEL_WORDS.some((label) => sameWord(word, label));
}
