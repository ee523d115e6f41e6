import { listed } from '../words.ts';

/** Words for a unit of sale, folded. */
export const UNIT_WORDS: ReadonlySet<string> = new Set(
  listed(`
  pc, pcs, pce, ea, unit, units, bag, bags, box, btl, bottle, pkt, pack, packs, pk, ctn, can, set, roll, pair, tin, nos, x,
  kg, lb, lbs, oz, gal, g, l, ltr, liter, litre, litres, m, stk, stuck, stck, st, rolle, rollen, karton, dose, flasche, fl, beutel, btr,
  bund, paar, meter, qm, botol, peti, biji, keping, kotak, bungkus, cai, chai, lon, goi, hop, thung, kilo, gr, ml, cl`),
);

/** Signs and codes that stand between the columns of an item line and name nothing. */
export const COLUMN_WORDS: ReadonlySet<string> = new Set(
  listed('rm, eur, euro, usd, vnd, sr, srs, zr, zrl, zre, os, tx, st, ns, d, k, s, z, t, a, b, c, cw, bw'),
);
