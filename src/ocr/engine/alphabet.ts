/** Scripts and signs that occur on receipts in a Latin script. */
const KEPT_RANGES: readonly (readonly [number, number])[] = [
  [0x21, 0x7e], // ASCII
  [0xa1, 0xff], // Latin-1: umlauts, accents, £ ° ½
  [0x100, 0x17f], // Latin Extended-A
  [0x180, 0x1bf], // ơ ư
  [0x1e80, 0x1eff], // Vietnamese tone marks, as far as the model has them
  [0x2013, 0x2014], // dashes, which stand for a minus
  [0x2018, 0x2019], // curved apostrophes, which group thousands
  [0x2032, 0x2032],
  [0x20a0, 0x20bf], // signs of currencies
  [0x2212, 0x2212], // minus
];

/** Signs the model likes to write for noise, and that no receipt field needs. */
const LEFT_OUT = new Set(['¤', '¦', '¨', '¬', '¯', '¶', '¸', '¿', '¡', 'ˆ', 'ª', 'º', '«', '»']);

function isKept(character: string): boolean {
  const code = character.codePointAt(0);
  if (code === undefined || LEFT_OUT.has(character)) return false;
  return KEPT_RANGES.some(([from, to]) => code >= from && code <= to);
}

/** The classes to keep of a model and what each then stands for: blank first, space last. */
export interface Alphabet {
  readonly keep: readonly number[];
  readonly characters: readonly string[];
}

export function latinAlphabet(characters: readonly string[]): Alphabet {
  const keep = [0];
  const kept = [''];
  characters.forEach((character, index) => {
    if (!isKept(character)) return;
    keep.push(index + 1);
    kept.push(character);
  });
  keep.push(characters.length + 1);
  kept.push(' ');
  return { keep, characters: kept };
}
