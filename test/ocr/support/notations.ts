/** How an amount is written: its groups, its decimals, and with what between them. */
export interface Notation {
  readonly name: string;
  readonly group: string;
  readonly decimal: string;
  /** Groups of two digits before the last three, as in India. */
  readonly lakh?: true;
}

const BLANKS = { blank: ' ', 'no-break space': '\u00a0', 'thin space': '\u2009', 'narrow no-break space': '\u202f' };
const APOSTROPHES = {
  apostrophe: "'",
  'curved apostrophe': '\u2019',
  prime: '\u2032',
  accent: '\u00b4',
  backtick: '`',
};

function each(marks: Readonly<Record<string, string>>, decimals: readonly string[]): Notation[] {
  return Object.entries(marks).flatMap(([name, group]) =>
    decimals.map((decimal) => ({ name: `${name}, decimals by ${decimal}`, group, decimal })),
  );
}

/** Every notation that is in common use. */
export const NOTATIONS: readonly Notation[] = [
  ...each({ none: '' }, ['.', ',']),
  ...each({ comma: ',' }, ['.']),
  ...each({ dot: '.' }, [',']),
  ...each(BLANKS, ['.', ',']),
  ...each(APOSTROPHES, ['.', ',']),
  { name: 'lakh', group: ',', decimal: '.', lakh: true },
];

/** Marks that no notation uses, and two pieces of print where one number stood: what a reader makes of a number it did not understand. */
export const BROKEN: readonly Notation[] = [
  ...each({ semicolon: ';', quote: '"', underscore: '_', dot: '·', tilde: '~', caret: '^', bar: '!' }, ['.', ',']),
  ...each(
    { cut: ' ¦ ', 'cut behind the mark': ', ¦ ', 'cut before the mark': ' ¦ ,', 'cut at the apostrophe': "' ¦ " },
    ['.'],
  ),
  ...each({ 'comma and blank': ', ', 'blank and apostrophe': " '", 'apostrophe and blank': "' " }, ['.']),
];

/** A positive amount in thousandths as a person writes it. */
export function written(amount: number, decimals: 0 | 2 | 3, { group, decimal, lakh }: Notation): string {
  const [whole = '', tail] = (amount / 1_000).toFixed(decimals).split('.');
  const pattern = lakh ? /(?<=\d)(?=(?:\d\d)*\d{3}$)/g : /(?<=\d)(?=(?:\d{3})+$)/g;
  const grouped = whole.replace(pattern, group);
  return tail === undefined ? grouped : `${grouped}${decimal}${tail}`;
}
