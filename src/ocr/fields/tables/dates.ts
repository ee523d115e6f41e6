import { phrases } from '../words.ts';

/** Month names as they begin, folded; the first three or four letters decide. */
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

/** Words beside the date of purchase. */
export const DATE_WORDS = phrases(`
  date, datum, tarikh, ngày, dated, invoice date, bill date, belegdatum, rechnungsdatum`);

/** Words beside dates that are not the day of purchase. */
export const OTHER_DATE_WORDS = phrases(`
  gültig bis, gueltig bis, gültig, expiry, expires, exp, valid, valid until, valid till, best before, mhd,
  hsd, hạn sử dụng, due date, return by, umtausch bis, geburtsdatum, ab dem, until, since, seit, vom,
  effective, promotion, act 2014, member since`);
