import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datesIn } from '../../../src/ocr/fields/date-forms.ts';
import { understood } from '../support/printed.ts';

const TODAY = '2026-11-24';

describe('forms of a date', () => {
  it.each([
    ['30.04.20 09:58', '2020-04-30'],
    ['30.04.2009:58', '2020-04-30'],
    ['30.04:20 09:58', '2020-04-30'],
    ['18.05.202016:07', '2020-05-18'],
    ['14/03/20185:57:07PM', '2018-03-14'],
    ['30/04/2018', '2018-04-30'],
    ['2018-04-30', '2018-04-30'],
    ['30 APR 2018', '2018-04-30'],
    ['24-Mar-2018 03:44 PM', '2018-03-24'],
    ['Saturday, 2 December, 2017', '2017-12-02'],
    ['December 2, 2017', '2017-12-02'],
    ['1. Mai 2021', '2021-05-01'],
    ['19.05,2020', '2020-05-19'],
    ['12/30/2016', '2016-12-30'],
    ["Dec26'07 07:26PM", '2007-12-26'],
    ["Ju103'12 02:34PM", '2012-07-03'],
    ['Jun 15 12:47:59 2011', '2011-06-15'],
    ['NOV/25/2016', '2016-11-25'],
    ['10-Dec-2017 09:28', '2017-12-10'],
  ])('reads %s', (text, iso) => {
    expect(datesIn(text).map(({ options }) => options[0]?.iso)).toContain(iso);
  });

  it.each(['31.02.2020', '00/00/2018', '1.2345', '0525/180420', '99.99.9999'])('takes no date from %s', (text) => {
    expect(datesIn(text)).toEqual([]);
  });

  it('reads back every day it is given, day first or month first', () => {
    const days = fc.date({ min: new Date('2000-01-01'), max: new Date('2026-11-24'), noInvalidDate: true });
    fc.assert(
      fc.property(days, fc.boolean(), fc.constantFrom('.', '/', '-'), (date, monthFirst, mark) => {
        const iso = date.toISOString().slice(0, 10);
        const [year, month, day] = iso.split('-');
        const text = (monthFirst ? [month, day, year] : [day, month, year]).join(mark);
        expect(datesIn(text)[0]?.options.map((option) => option.iso)).toContain(iso);
      }),
    );
  });
});

describe('the day of purchase', () => {
  const dateOf = (text: string): string | null => understood(text).extraction.metadata.purchase_date;

  it('is the day beside the time, not an expiry', () => {
    expect(dateOf('Karte gültig bis 31/12/22\nSUMME EUR | 1,00\n03.02.2021 17:35')).toBe('2021-02-03');
  });

  it('is never a day to come', () => {
    expect(dateOf(`Datum 01.01.2031\nEinkauf 02.03.2024\nSUMME EUR | 1,00`)).toBe('2024-03-02');
    expect(TODAY > '2024-03-02').toBe(true);
  });

  it('is read month first on a receipt of the United States', () => {
    expect(dateOf('Corner Store\nAustin, TX 78701\nTotal | $5.00\n03/07/2022 14:55')).toBe('2022-03-07');
  });
});
