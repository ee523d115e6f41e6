import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../dashboard/words/evidence.ts';
import { moneyOf } from '../../dashboard/words/money.ts';
import { STATE_WORDS, wordsOf } from '../../dashboard/words/states.ts';
import { lineOf, linesOf } from '../../dashboard/words/text.ts';
import { agoOf, clockOf, dayOf, dueOf, lengthOf, shortLengthOf, utcOf, whenOf } from '../../dashboard/words/times.ts';
import { TRANSITIONS } from '../../src/contract/job.ts';

const EN = 'en-GB';
const BERLIN = { locale: EN, timeZone: 'Europe/Berlin' } as const;

describe('[H7] words of states', () => {
  it('[H7] each state of a job has a word of its own', () => {
    const states = Object.keys(TRANSITIONS);
    expect(Object.keys(STATE_WORDS).sort()).toEqual(states.sort());
    const words = Object.values(STATE_WORDS).map(({ word }) => word);
    expect(new Set(words).size).toBe(states.length);
  });

  it('[H7] a phase that this version does not know is told by its status', () => {
    expect(wordsOf('deferred', 'parked').word).toBe('Parked');
    expect(wordsOf('deferred', 'of tomorrow').word).toBe('Waiting');
    expect(wordsOf('finished', null).word).toBe('Finished');
  });
});

describe('[H7] times', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [4_800, '1 h 20 min'],
    [7_200, '2 h'],
    [273_600, '3 d 4 h'],
  ])('[H7] %d seconds are %s', (seconds, text) => expect(lengthOf(seconds)).toBe(text));

  it.each([
    [0.4, '0 ms'],
    [340, '340 ms'],
    [2_440, '2.4 s'],
    [61_000, '1 min'],
  ])('[H7] %d milliseconds are %s', (ms, text) => expect(shortLengthOf(ms)).toBe(text));

  it('[H7] a time is told by the reader’s clock, with its day where that is another', () => {
    const now = Date.parse('2026-11-25T16:00:00Z');
    expect(whenOf('2026-11-25T15:58:12Z', now, BERLIN)).toBe('16:58');
    expect(whenOf('2026-11-24T23:30:00Z', now, BERLIN)).toBe('00:30');
    expect(whenOf('2026-11-24T22:30:00Z', now, BERLIN)).toBe('24 Nov, 23:30');
    expect(whenOf('2025-11-24T22:30:00Z', now, BERLIN)).toBe('24 Nov 2025, 23:30');
    expect(clockOf('2026-11-25T15:58:12Z', BERLIN)).toBe('16:58:12');
    expect(utcOf('2026-11-25T15:58:12.345Z')).toBe('2026-11-25 15:58:12 UTC');
    expect(agoOf('2026-11-25T15:54:00Z', now)).toBe('6 min ago');
    expect(agoOf('2026-11-25T18:00:00Z', now)).toBe('in 2 h');
    expect([dueOf('2026-11-25T18:00:00Z', now), dueOf('2026-11-25T15:54:00Z', now)]).toEqual(['in 2 h', 'now']);
  });

  it('[H7] a day has no zone, and what is no time is a dash', () => {
    expect(dayOf('2026-05-18', { locale: EN })).toBe('18 May 2026');
    expect(dayOf('18.05.', { locale: EN })).toBe('18.05.');
    expect(clockOf('never')).toBe('–');
    expect(utcOf('never')).toBe('');
  });
});

describe('[H7] money', () => {
  it.each([
    ['2516.28', 'USD', '2,516.28\u00a0USD'],
    ['120000.00', 'VND', '120,000\u00a0VND'],
    ['12.5', 'EUR', '12.50\u00a0EUR'],
    ['1.2345', 'EUR', '1.2345\u00a0EUR'],
    ['-3', null, '-3.00'],
    ['9007199254740993.01', 'EUR', '9,007,199,254,740,993.01\u00a0EUR'],
    ['about 5', 'EUR', 'about 5\u00a0EUR'],
    ['5', 'eur<', '5.00'],
    [null, 'EUR', '–'],
  ])('[H7] %s of currency %s is written %s', (amount, currency, text) =>
    expect(moneyOf(amount, currency, EN)).toBe(text),
  );
});

describe('[H7] text from outside', () => {
  it('[H7] is one line without marks that turn it around, and nothing is a dash', () => {
    expect(lineOf('Lidl\u202e gpj.exe\u0000\n<b>')).toBe('Lidl gpj.exe <b>');
    expect(lineOf('x'.repeat(10_000))).toHaveLength(200);
    expect(lineOf(' \u200b ')).toBe('–');
    expect(lineOf(null)).toBe('–');
  });

  it('[H7] keeps its lines, up to a bound', () => {
    expect(linesOf('a\r\nb\u202e\nc')).toBe('a\nb\nc');
    expect(linesOf('{\n  "a": 1\n}')).toBe('{\n  "a": 1\n}');
    expect(linesOf('x\n'.repeat(1_000), 3)).toBe('x\nx\nx\n…');
  });
});

describe('[O7] evidence of an agent', () => {
  const region = { x: 0.1, y: 0.2, width: 0.3, height: 0.1 };

  it('[O7] gives the place of each field and item', () => {
    const evidence = evidenceOf({
      page: { turned_degrees: 90 },
      fields: { total_amount: { region, confidence: 0.9, reading_confidence: 0.8, rule: 'labelled' } },
      items: [{ region }, 'nothing'],
    });
    expect(evidence.turnedDegrees).toBe(90);
    expect(evidence.fields.total_amount).toEqual({
      region: { ...region, width: expect.closeTo(0.3), height: expect.closeTo(0.1) },
      confidence: 0.9,
      reading: 0.8,
      rule: 'labelled',
    });
    expect(evidence.items[1]).toBeUndefined();
  });

  it('[O7] clips a region to the page, and drops what lies beside it', () => {
    const places = evidenceOf({
      fields: {
        half: { region: { x: -0.5, y: 0.5, width: 1, height: 9 } },
        beside: { region: { x: 2, y: 0, width: 1, height: 1 } },
        flat: { region: { ...region, width: 0 } },
        text: { region: { ...region, x: '0.1' } },
      },
    }).fields;
    expect(places.half?.region).toEqual({ x: 0, y: 0.5, width: 0.5, height: 0.5 });
    expect(Object.keys(places)).toEqual(['half']);
  });

  it('[O7] takes whatever an agent sends: every region it gives lies on the page', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), fc.anything(), fc.anything(), (page, entry, other) => {
        const { fields, items } = evidenceOf({
          page,
          fields: { a: { region: entry }, b: other },
          items: [other, entry],
        });
        for (const place of [...Object.values(fields), ...items]) {
          if (place === undefined) continue;
          const { x, y, width, height } = place.region;
          expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
          expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(1.000_001);
          expect(Math.min(width, height)).toBeGreaterThan(0);
        }
      }),
    );
  });
});
