import { describe, expect, it } from 'vitest';
import { severalSlips } from '../../../src/ocr/slips/several-slips.ts';
import { printed, TODAY, understood } from '../support/printed.ts';

const doubtOf = (text: string): string | undefined =>
  severalSlips(printed(text), understood(text), { today: TODAY })?.doubt;

const ONE = 'CORNER SHOP\n12.03.2026 10:15\nBREAD | 5.00\nCHEESE | 7.50\nTOTAL EUR | 12.50';
const OTHER = 'TEA HOUSE\n13.03.2026 16:40\nGREEN TEA | 3.00\nCAKE | 4.20\nTOTAL EUR | 7.20';

describe('one page of print', () => {
  it('[O8] is two slips where either part adds up to a total of its own', () => {
    expect(doubtOf(`${ONE}\nThank you\n${OTHER}`)).toContain('Several slips');
  });

  it.each([
    [
      'a slip of a card below the receipt',
      `${ONE}\nTERMINAL 123456\n12.03.2026 10:16\nVISA\nAMOUNT | 12.50\nAPPROVED\nTOTAL EUR | 12.50`,
    ],
    ['a sum of a part before the total', `${ONE}\nWINE | 8.00\nCUPS | 2.00\nGIFT | 1.00\nTOTAL EUR | 23.50`],
    [
      'columns of names, counts and prices',
      'SHOP NAME | INVOICE\nStreet | Number 12\nBREAD white | 2 pieces | 5.00\nCHEESE young | 1 piece | 7.50\n' +
        'APPLES green | 3 pieces | 3.00\nTOMATOES ripe | 4 pieces | 2.00\nSubtotal | 17.50\nTOTAL EUR | 17.50',
    ],
  ])('[O8] is one slip with %s', (_, text) => {
    expect(doubtOf(text)).toBeUndefined();
  });
});
