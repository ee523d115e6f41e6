import { GROUPINGS } from './tables/notations.ts';

/** How numbers are written on one receipt. */
export interface NumberStyle {
  readonly decimalMark: '.' | ',';
  /** Decimals of a price: 0 where there are none (đồng, yen), 3 for dinars, else 2. */
  readonly priceDecimals: 0 | 2 | 3;
  /** A blank between digits groups thousands. */
  readonly blankGroups: boolean;
}

/** What the digits of a number say. */
export interface Digits {
  readonly value: number;
  readonly decimals: number;
  /** Thousands are set apart ("1,129" in a receipt that writes decimals with a dot). */
  readonly grouped: boolean;
}

/** Reads digits with their marks; undefined where they follow no grouping in use. */
export function parseDigits(token: string, style: NumberStyle): Digits | undefined {
  const marks = [...token].filter((character) => character < '0' || character > '9');
  const groups = token.split(/\D/);
  const [head = ''] = groups;
  const lastMark = marks.at(-1);
  if (lastMark === undefined)
    return token.length > 9 ? undefined : { value: Number(token), decimals: 0, grouped: false };
  const whole = (count: number): number => Number(groups.slice(0, count).join(''));
  const behind = groups.slice(1);
  if (isGrouped(head, behind, marks) && (marks.length > 1 || isThousands(head, lastMark, style))) {
    return { value: whole(groups.length), decimals: 0, grouped: true };
  }
  if (lastMark !== '.' && lastMark !== ',') return undefined;
  const tail = behind.at(-1) ?? '';
  const inner = behind.slice(0, -1);
  if (tail.length > 4) return undefined;
  // The reader takes a dot for a comma now and then: "1,129,00".
  const groupMarks = marks.slice(0, -1);
  const isSlip =
    groupMarks.every((mark) => mark === lastMark) && tail.length === 2 && inner.every(({ length }) => length === 3);
  if (inner.length > 0 && !isSlip && (groupMarks.includes(lastMark) || !isGrouped(head, inner, groupMarks)))
    return undefined;
  return {
    value: Number(`${whole(groups.length - 1)}.${tail}`),
    decimals: tail.length,
    grouped: marks.length > 1,
  };
}

/** Whether the groups behind the first are of a grouping in use, with one mark between all of them. */
function isGrouped(head: string, behind: readonly string[], marks: readonly string[]): boolean {
  const [mark = ''] = marks;
  if (head === '' || marks.some((other) => other !== mark)) return false;
  return GROUPINGS.some(({ marks: known, groups }) => known.includes(mark) && groups.test(behind.join(' ')));
}

/** "1.129" is a thousand in a receipt that writes decimals with a comma, 1.129 litres in one that does not. */
function isThousands(head: string, mark: string, { decimalMark, priceDecimals }: NumberStyle): boolean {
  if (mark !== '.' && mark !== ',') return true;
  if (head === '' || head.startsWith('0') || head.length > 3 || priceDecimals === 3) return false;
  return priceDecimals === 0 || mark !== decimalMark;
}
