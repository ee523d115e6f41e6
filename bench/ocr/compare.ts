// When two readings count as the same: the rules of the scorer the receipt sets come with, written again.

const LEGAL_FORMS = new Set(
  (
    'sdn bhd berhad gmbh mbh kg kgaa ohg ag ug gbr se ek ltd limited llc inc pte plc corp corporation co company tnhh mtv ' +
    'cp ctcp sarl sas srl spa bv'
  ).split(' '),
);
const SPECIAL: Readonly<Record<string, string>> = { đ: 'd', Đ: 'D', ß: 'ss', ø: 'o', ł: 'l', æ: 'ae', œ: 'oe', ı: 'i' };
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const NAME_MIN = 0.6;
const MERCHANT_MIN = 0.8;

export function fold(text: string): string {
  return text
    .replace(/[đĐßøłæœı]/g, (letter) => SPECIAL[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/\s+/)
    .join(' ')
    .trim();
}

function similarity(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

function nameSimilarity(names: readonly string[], read: string): number {
  const b = fold(read);
  return Math.max(
    0,
    ...names.map((name) => {
      const a = fold(name);
      return a === '' ? 1 : Math.max(similarity(a, b), similarity(a.replaceAll(' ', ''), b.replaceAll(' ', '')));
    }),
  );
}

function merchantWords(text: string): string[] {
  const words = fold(text)
    .replace(/\be\.?\s?k(fm|fr)?\./g, ' ek ')
    .replace(/(?<=\b\w)\.(?=\w\b)/g, '')
    .split(/[^\p{L}\d]+/u)
    .filter(Boolean);
  const kept = words.filter(
    (word, i) => !LEGAL_FORMS.has(word) && !(word === 'm' && ['sdn', 'bhd'].includes(words[i + 1] ?? '')),
  );
  return kept.length > 0 ? kept : words;
}

/** Case, accents, punctuation and legal forms do not count; near enough or one inside the other is the same. */
export function isSameMerchant(known: string, read: string): boolean {
  const [a, b] = [merchantWords(known), merchantWords(read)];
  if (a.length === 0 || b.length === 0) return false;
  const [joinedA, joinedB] = [a.join(''), b.join('')];
  if (similarity(a.join(' '), b.join(' ')) >= MERCHANT_MIN || similarity(joinedA, joinedB) >= MERCHANT_MIN) return true;
  const [short, long, words] = joinedA.length <= joinedB.length ? [joinedA, joinedB, b] : [joinedB, joinedA, a];
  return short.length >= 4 ? long.includes(short) : words.includes(short);
}

/** A labelled amount in hundredths: "RM 9.00", "$7.00", "-1.25". */
export function labelledAmount(text: string | null | undefined): number | undefined {
  const match = /\d[\d.,' ]*/.exec(text ?? '');
  if (match === null || text == null) return undefined;
  const isNegative =
    text.slice(0, match.index).includes('-') || text.slice(match.index + match[0].length).trim() === '-';
  const digits = match[0].replace(/[' ]/g, '').replace(/[.,]$/, '');
  const mark = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const isDecimal = mark >= 0 && digits.length - mark - 1 !== 3;
  const value = isDecimal
    ? Number(`${digits.slice(0, mark).replace(/[.,]/g, '')}.${digits.slice(mark + 1)}`)
    : Number(digits.replace(/[.,]/g, ''));
  return Number.isFinite(value) ? Math.round(value * 100) * (isNegative ? -1 : 1) : undefined;
}

/** A labelled date as YYYY-MM-DD, read day first. */
export function labelledDate(text: string | null | undefined): string | undefined {
  const folded = fold(text ?? '');
  const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})/.exec(folded);
  if (yearFirst !== null) return day(yearFirst[1], yearFirst[2], yearFirst[3]);
  const named = /^(\d{1,2})[ -]([a-z]{3})[a-z]*[ -](\d{2,4})/.exec(folded);
  if (named !== null) return day(named[3], String(MONTHS.indexOf(named[2] ?? '') + 1), named[1]);
  const joined = /^(\d{2})(\d{2})(20\d{2})$/.exec(folded);
  if (joined !== null) return day(joined[3], joined[2], joined[1]);
  const dayFirst = /(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})/.exec(folded);
  return dayFirst === null ? undefined : day(dayFirst[3], dayFirst[2], dayFirst[1]);
}

function day(year = '', month = '', date = ''): string {
  return `${year.length === 2 ? `20${year}` : year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
}

interface Item {
  readonly names: readonly string[];
  readonly total: number | undefined;
}

/** How many items match by line total and name (each used once, most alike first), and how many names are exact. */
export function matchItems(
  known: readonly Item[],
  read: readonly { readonly name: string; readonly total: number | undefined }[],
): { hits: number; exact: number; exactFolded: number; missing: string[]; extra: string[] } {
  const pairs = known
    .flatMap((k, i) =>
      read.map((r, j) => ({
        i,
        j,
        like: k.total !== undefined && k.total === r.total ? nameSimilarity(k.names, r.name) : 0,
      })),
    )
    .filter(({ like }) => like >= NAME_MIN)
    .sort((a, b) => b.like - a.like || a.i - b.i || a.j - b.j);
  const usedKnown = new Set<number>();
  const usedRead = new Set<number>();
  let exact = 0;
  let exactFolded = 0;
  for (const { i, j } of pairs) {
    if (usedKnown.has(i) || usedRead.has(j)) continue;
    usedKnown.add(i);
    usedRead.add(j);
    const names = known[i]?.names ?? [];
    const name = read[j]?.name ?? '';
    if (names.includes(name)) exact++;
    if (names.some((other) => fold(other) === fold(name))) exactFolded++;
  }
  return {
    hits: usedKnown.size,
    exact,
    exactFolded,
    missing: known.filter((_, i) => !usedKnown.has(i)).map(({ names }) => names[0] ?? ''),
    extra: read.filter((_, j) => !usedRead.has(j)).map(({ name }) => name),
  };
}
