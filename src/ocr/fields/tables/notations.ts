/** Marks that print or reader use for one another, each with the one the rules know. All are one character long. */
const SAME_MARKS: readonly (readonly [marks: string, known: string])[] = [
  ['\u2018\u2019\u201b\u2032\u02bc\u00b4`', "'"],
  ['\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000', ' '],
  ['\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d', '-'],
  ['\uff0c', ','],
  ['\uff0e', '.'],
  ['\uff08', '('],
  ['\uff09', ')'],
  ['\uffe5', '¥'],
];

const KNOWN_MARK = new Map(SAME_MARKS.flatMap(([marks, known]) => [...marks].map((mark) => [mark, known] as const)));
const ANY_MARK = new RegExp(`[${[...KNOWN_MARK.keys()].join('')}]`, 'g');

/** The same text with one mark for each purpose; no character moves. */
export function withKnownMarks(text: string): string {
  return text.replace(ANY_MARK, (mark) => KNOWN_MARK.get(mark) ?? mark);
}

/** A blank that may group thousands ("1 309,00") or stand between a quantity and its price. */
export const GROUP_BLANK = '\u00a0';

/** How the whole part of an amount is grouped: the marks, and the digits of the groups behind the first. */
export interface Grouping {
  readonly name: string;
  readonly marks: string;
  readonly groups: RegExp;
}

/** Every grouping in use. The first group has one to three digits, those behind it as said. */
export const GROUPINGS: readonly Grouping[] = [
  { name: 'thousands by dot or comma', marks: '.,', groups: /^\d{3}(?: \d{3})*$/ },
  { name: 'thousands by apostrophe', marks: "'", groups: /^\d{3}(?: \d{3})*$/ },
  { name: 'thousands by blank', marks: GROUP_BLANK, groups: /^\d{3}(?: \d{3})*$/ },
  { name: 'lakh and crore', marks: ",'", groups: /^(?:\d{2} )+\d{3}$/ },
];
