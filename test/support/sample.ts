import { randomInt } from 'node:crypto';

/** `npm run test:faults` runs every row and all of its time. */
export const ALL = process.env.FAULTS === 'all';

/** Stands in the titles. Each run draws its own, so that many runs cover every row; `FAULT_SEED` repeats one. */
export const SEED = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));

/** Draws of a generator: all of them in the full run, otherwise half. Each run draws others, so that many runs add up. */
export const draws = (count: number): number => (ALL ? count : Math.ceil(count / 2));

/** mulberry32: small, seeded, good enough to pick victims. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** All rows in the full run; otherwise one of each kind, drawn by the seed. */
export function sampleOf<T>(rows: readonly T[], kindOf: (row: T) => string, seed = SEED, all = ALL): readonly T[] {
  if (all) return rows;
  const random = randomFrom(seed);
  const kinds = new Set(rows.map(kindOf));
  return [...kinds].flatMap((kind) => {
    const ofKind = rows.filter((row) => kindOf(row) === kind);
    return ofKind[Math.floor(random() * ofKind.length)] ?? [];
  });
}
