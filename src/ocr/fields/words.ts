const LIGATURES: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'ss',
  đ: 'd',
  Đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  ı: 'i',
};

/** Lower case without accents; runs of white space become one space. */
export function fold(text: string): string {
  return text
    .replace(/[ßẞđĐæœøłı]/g, (letter) => LIGATURES[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}

/** The letters and digits alone, folded. */
export function squeeze(text: string): string {
  return fold(text).replace(/[^\p{L}\d]/gu, '');
}

/** Digits the reader writes for letters, where they stand inside a word. */
const SLIPS: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', '5': 's', '8': 'b' };

/** The words of a line, folded, with digits inside words read as the letters they stand for. */
export function wordsOf(text: string): string[] {
  // "GrandTotalRM21.85", but not "MwSt".
  const spaced = text
    .replace(/(\p{Ll})(\p{Lu}\p{L}{2})/gu, '$1 $2')
    .replace(/(\p{Ll})(?=RM(?:\d|$))|(?<=RM|EUR)(?=[\d.,-])/gu, '$1 ');
  return (fold(spaced).match(/[\p{L}\d]+/gu) ?? []).map(mendWord);
}

function mendWord(word: string): string {
  const letters = word.replace(/\d/g, '').length;
  return letters >= 2 && letters > word.length / 2 ? word.replace(/[0158]/g, (digit) => SLIPS[digit] ?? digit) : word;
}

/** Words of their own that are one letter off a word of the tables. */
const OTHER_WORDS: ReadonlySet<string> = new Set(
  listed(
    'charge, change, gratuit, gratuite, summer, pints, mount, cards, crash, tables, discos, salmon, nett, reste, dinner',
  ),
);

/** Whether two words are the same but for a slip of the reader: one letter in words of five or more, none in shorter ones. */
export function sameWord(read: string, known: string): boolean {
  if (read === known) return true;
  if (OTHER_WORDS.has(read)) return false;
  if (known.length < 5 || Math.abs(read.length - known.length) > 1) return false;
  return withinOneEdit(read, known);
}

/** Whether one insertion, deletion or replacement makes two words equal. */
export function withinOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  return endA - start <= 1 && endB - start <= 1;
}

/** A phrase of a word table, split once. */
export interface Phrase {
  readonly words: readonly string[];
  /** The phrase written as one word, where that is long enough to be unmistakable. */
  readonly squeezed: string | undefined;
}

export function phrase(text: string): Phrase {
  const words = fold(text).match(/[\p{L}\d]+/gu) ?? [];
  const squeezed = words.join('');
  return { words, squeezed: squeezed.length >= 7 ? squeezed : undefined };
}

function standsIn(words: readonly string[], wanted: readonly string[]): boolean {
  const [first = ''] = wanted;
  for (let at = 0; at + wanted.length <= words.length; at++) {
    // Nearly every phrase ends here: a receipt has few words of any table.
    if (!sameWord(words[at] ?? '', first)) continue;
    if (wanted.every((word, i) => sameWord(words[at + i] ?? '', word))) return true;
  }
  return false;
}

/** Whether one of the phrases stands in a list of words, word by word or, where that is unmistakable, squeezed. */
export function hasPhrase(words: readonly string[], phrases: readonly Phrase[]): boolean {
  if (words.length === 0) return false;
  const joined = words.join('');
  return phrases.some(
    ({ words: wanted, squeezed }) => standsIn(words, wanted) || (squeezed !== undefined && joined.includes(squeezed)),
  );
}

/** The phrases of a table cell: separated by commas, over as many lines as it takes. */
export function phrases(list: string): Phrase[] {
  return listed(list).map(phrase);
}

/** The entries of a table cell, separated by commas. */
export function listed(list: string): string[] {
  return list.split(',').map((entry) => entry.trim().replace(/\s+/g, ' '));
}
