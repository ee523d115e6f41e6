import { phrases } from '../words.ts';

/** Month names as they begin, folded; the first three or four letters decide. English, German, Malay. */
export const MONTHS: Readonly<Record<string, number>> = {
  jan: 1,
  feb: 2,
  mar: 3,
  mrz: 3,
  maer: 3,
  apr: 4,
  may: 5,
  mai: 5,
  mei: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  ogos: 8,
  sep: 9,
  oct: 10,
  okt: 10,
  nov: 11,
  dec: 12,
  dez: 12,
  dis: 12,
};

function months(list: string): readonly (readonly [string, number])[] {
  return list.split(' ').map((name, i) => [name, i + 1] as const);
}

/** Month names of other languages, some of them short everyday words: taken only before a year of four digits. */
export const MONTHS_ELSEWHERE: Readonly<Record<string, number>> = Object.fromEntries([
  ...months('janv fevr mars avr mai juin juil aou sept oct nov dec'),
  ...months('ene feb mar abr may jun jul ago sep oct nov dic'),
  ...months('gen feb mar apr mag giu lug ago set ott nov dic'),
  ...months('jan fev mar abr mai jun jul ago set out nov dez'),
  ...months('jan feb maa apr mei jun jul aug sep okt nov dec'),
  ...months('jan feb mrt apr maj jun jul aug sep okt nov des'),
  ...months('sty lut mar kwi maj cze lip sie wrz paz lis gru'),
  ...months('oca sub mar nis may haz tem agu eyl eki kas ara'),
  ...months('jan feb mac apr mei jun jula agt sep okt nov dis'),
]);

/** Words beside the date of purchase. */
export const DATE_WORDS = phrases(`
  date, datum, tarikh, ngày, dated, invoice date, bill date, belegdatum, rechnungsdatum, fecha, data, dato, päivä, tanggal, tarih`);

/** Words beside dates that are not the day of purchase. */
export const OTHER_DATE_WORDS = phrases(`
  gültig bis, gueltig bis, gültig, expiry, expires, exp, valid, valid until, valid till, best before, mhd,
  hsd, hạn sử dụng, due date, return by, umtausch bis, geburtsdatum, ab dem, until, since, seit, vom,
  effective, promotion, act 2014, member since, valable, caducidad, scadenza`);
