import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draws } from '../../support/sample.ts';
import { silentFault, understood } from '../support/printed.ts';

type Print = (year: string, month: string, day: string) => string;

const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const nameOf = (month: string): string => MONTH_NAMES[Number(month) - 1] ?? '';
const short = (year: string): string => year.slice(2);

/** Every form a till prints a date in. */
const FORMS: Readonly<Record<string, Print>> = {
  'year-month-day': (y, m, d) => `${y}-${m}-${d}`,
  'year/month/day': (y, m, d) => `${y}/${m}/${d}`,
  'day.month.year': (y, m, d) => `${d}.${m}.${y}`,
  'day.month.yy': (y, m, d) => `${d}.${m}.${short(y)}`,
  'day/month/year': (y, m, d) => `${d}/${m}/${y}`,
  'day-month-year': (y, m, d) => `${d}-${m}-${y}`,
  'day/month/yy': (y, m, d) => `${d}/${m}/${short(y)}`,
  'day-month-yy': (y, m, d) => `${d}-${m}-${short(y)}`,
  'month/day/year': (y, m, d) => `${m}/${d}/${y}`,
  'month-day-year': (y, m, d) => `${m}-${d}-${y}`,
  'month/day/yy': (y, m, d) => `${m}/${d}/${short(y)}`,
  'yy-month-day': (y, m, d) => `${short(y)}-${m}-${d}`,
  'yy/month/day': (y, m, d) => `${short(y)}/${m}/${d}`,
  'day month-name year': (y, m, d) => `${Number(d)} ${nameOf(m)} ${y}`,
  'month-name day, year': (y, m, d) => `${nameOf(m)} ${Number(d)}, ${y}`,
  'day-month-name-yy': (y, m, d) => `${d}-${nameOf(m)}-${short(y)}`,
};

/** Countries, as a few lines of a slip, and the forms they print. An unknown one may print any. */
const PLACES: Readonly<Record<string, { head: string; forms: readonly string[] }>> = {
  unknown: { head: 'Corner Shop', forms: Object.keys(FORMS) },
  Germany: {
    head: 'Markt\n33100 Paderborn\nUSt-ID DE 123 456 789\nMwSt 19%',
    forms: Object.keys(FORMS).filter((form) => !/^month[/-]|^yy/.test(form)),
  },
  'United States': {
    head: 'Corner Store\nAustin, TX 78701\n(512) 555-0142',
    forms: Object.keys(FORMS).filter((form) => !/^day[/.-]m|^yy/.test(form)),
  },
  Malaysia: {
    head: 'MAJU JAYA SDN BHD\n43300 SELANGOR\nGST ID 001234567890',
    forms: Object.keys(FORMS).filter((form) => !/^month[/-]|^yy/.test(form)),
  },
  Sweden: {
    head: 'Butik AB Stockholm\nOrg.nr 556677-8899\nKvitto',
    forms: ['year-month-day', 'yy-month-day', 'day month-name year'],
  },
  Canada: {
    head: 'Corner Store\nToronto M5V 2T6\nHST 123456789',
    forms: Object.keys(FORMS).filter((form) => !/^yy/.test(form)),
  },
};

const days = fc
  .date({ min: new Date('2022-01-01'), max: new Date('2026-11-24'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

function slip(head: string, date: string): string {
  return `${head}\nTea pot | 12.99\nTOTAL EUR | 12.99\nDate ${date} 10:00`;
}

const cases = Object.entries(PLACES).flatMap(([place, { head, forms }]) =>
  forms.map((form) => ({ place, head, form })),
);

describe('dates in every form', () => {
  it.each(cases)('[I17] are read right, or not at all, or in doubt: $form in $place', ({ head, form }) => {
    const print = FORMS[form];
    fc.assert(
      fc.property(days, (iso) => {
        const [year = '', month = '', day = ''] = iso.split('-');
        const text = slip(head, print?.(year, month, day) ?? '');
        expect(silentFault(understood(text), 'purchase_date', iso), text).toBeUndefined();
      }),
      { numRuns: draws(60) },
    );
  });

  it.each([
    ['Germany', 'day/month/yy'],
    ['Malaysia', 'day-month-year'],
    ['Malaysia', 'day/month/yy'],
    ['United States', 'month/day/year'],
    ['United States', 'month/day/yy'],
    ['Sweden', 'yy-month-day'],
    ['unknown', 'day.month.yy'],
    ['unknown', 'year-month-day'],
    ['unknown', 'month-name day, year'],
    ['unknown', 'day month-name year'],
  ])('are certain where country or print leave one day: %s, %s', (place, form) => {
    const print = FORMS[form];
    fc.assert(
      fc.property(days, (iso) => {
        const [year = '', month = '', day = ''] = iso.split('-');
        const text = slip(PLACES[place]?.head ?? '', print?.(year, month, day) ?? '');
        const { metadata, validation, evidence } = understood(text).extraction;
        expect(metadata.purchase_date, text).toBe(iso);
        expect(validation.warnings, text).toEqual([]);
        expect(evidence.fields.purchase_date?.confidence, text).toBeGreaterThan(0.7);
      }),
      { numRuns: draws(60) },
    );
  });

  it.each([
    ['03/04/2024', 'Corner Shop', '2024-04-03', ['2024-04-03', '2024-03-04']],
    ['24-03-05', 'Corner Shop', '2024-03-05', ['2024-03-05', '2005-03-24']],
    ['05.04.2024', 'Corner Store\nAustin, TX 78701\n(512) 555-0142', '2024-05-04', ['2024-05-04', '2024-04-05']],
  ])('names the days that %s may be, and keeps its confidence low', (printed, head, iso, ways) => {
    const { metadata, validation, evidence } = understood(slip(head, printed)).extraction;
    expect(metadata.purchase_date).toBe(iso);
    for (const way of ways) expect(validation.warnings.join()).toContain(way);
    expect(evidence.fields.purchase_date?.confidence).toBeLessThan(0.7);
    expect(metadata.confidence).toBeLessThan(0.7);
  });

  it.each(['29.02.2023', '31.04.2024', '2023-02-29', '30 Feb 2024'])(
    'takes no day from %s, which is none',
    (printed) => {
      expect(understood(slip('Corner Shop', printed)).extraction.metadata.purchase_date).toBeNull();
    },
  );

  it.each(['29.02.2024', '2024-02-29', '29 Feb 2024'])('takes the leap day from %s', (printed) => {
    expect(understood(slip('Corner Shop', printed)).extraction.metadata.purchase_date).toBe('2024-02-29');
  });

  it.each(['05.12.2026', '2031-01-01', '12 Jan 2027'])('says that %s lies in the future', (printed) => {
    const { metadata, validation } = understood(slip(PLACES.Germany?.head ?? '', printed)).extraction;
    expect(metadata.purchase_date).toBeNull();
    expect(validation.warnings.join()).toContain('lies in the future');
  });

  it('lets another date of the same slip decide the order', () => {
    const { metadata, validation } = understood(`${slip('Corner Shop', '03/04/2024')}\nOpened 03/28/2019`).extraction;
    expect(metadata.purchase_date).toBe('2024-03-04');
    expect(validation.warnings).toEqual([]);
  });

  it('is in doubt between two dates that are both named as such', () => {
    const { validation } = understood(`${slip('Corner Shop', '2024-03-04')}\nDate 2024-03-01 09:00`).extraction;
    expect(validation.warnings.join()).toContain('Two dates are printed');
  });
});

describe('what is said of the country of a receipt', () => {
  const dateOf = (text: string, country?: string) => {
    const { metadata, validation } = understood(text, 0, country).extraction;
    return { date: metadata.purchase_date, warnings: validation.warnings.join() };
  };
  const OPEN = 'Shop\nTea | 12.50\nTotal | 12.50\n03/04/2026 10:15';

  it.each([
    ['US', '2026-03-04'],
    ['GB', '2026-04-03'],
    ['DE', '2026-04-03'],
  ])('[O8] decides the order of a date that its print leaves open: %s', (country, date) => {
    expect(dateOf(OPEN, country)).toEqual({ date, warnings: '' });
  });

  it('[I17] is asked for where nothing decides: both days are named', () => {
    expect(dateOf(OPEN).warnings).toContain('may be 2026-04-03 or 2026-03-04');
  });

  it('[I17] leaves the date in doubt where certain print says otherwise', () => {
    const american = `${OPEN}\nAustin, TX 78701\n(512) 555-0142\nSales Tax`;
    expect(dateOf(american)).toEqual({ date: '2026-03-04', warnings: '' });
    expect(dateOf(american, 'GB').warnings).toContain('may be');
  });

  it('[I17] does not overrule a date that can be read in one order only', () => {
    expect(dateOf('Shop\nTea | 12.50\nTotal | 12.50\n03/25/2026 10:15', 'GB').date).toBe('2026-03-25');
  });
});
