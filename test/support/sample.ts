import { randomInt } from 'node:crypto';

/** `npm run test:faults` runs every row and all of its time. */
export const ALL = process.env.FAULTS === 'all';

/** Stands in the titles. Each run draws its own, so that many runs cover every row; `FAULT_SEED` repeats one. */
export const SEED = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));

/** CI draws more of what tests generate than `npm test` alone, which people wait for. */
export const MANY = ALL || Boolean(process.env.CI);

/** The share of generated inputs that a run tries. Each run draws others, so that many runs add up. */
export const SHARE = ALL ? 1 : MANY ? 1 / 2 : 1 / 4;

/** Draws of a generator. @param count of the full run */
export const draws = (count: number): number => Math.ceil(count * SHARE);

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

/** All rows in CI and in the full run; otherwise half of them, drawn by the seed, in their order. */
export function partOf<T>(rows: readonly T[], seed = SEED, all = MANY): readonly T[] {
  if (all) return rows;
  const random = randomFrom(seed);
  const ranked = rows.map((_, at) => ({ at, rank: random() })).sort((left, right) => left.rank - right.rank);
  const kept = new Set(ranked.slice(0, Math.ceil(rows.length / 2)).map(({ at }) => at));
  return rows.filter((_, at) => kept.has(at));
}
