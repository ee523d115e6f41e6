import { median, spreadOf } from './figure.ts';

export interface Side {
  /** One call; `nth` counts all calls of this side, so that each may have its own row. */
  run(nth: number): Promise<unknown>;
}

/** Until code is compiled and caches are filled: what is measured is a server that has run for a while. */
export const WARM_UP_ROUNDS = 40;

export interface Compared {
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  readonly ratioSpread: readonly [number, number];
  /** Ours minus the baseline: the median of the rounds' differences. */
  readonly difference: number;
  readonly differenceSpread: readonly [number, number];
}

/**
 * Two things on a machine that is never quiet: short blocks of one and the other by turns, first and second swapped
 * each round, so that what disturbs one disturbs both. Only the rounds' ratios and differences are to be believed.
 * @param rounds blocks of each side, besides the first few, which warm up and are thrown away
 * @param samples calls a block; a block counts with its median, in ms
 */
export async function compareLatency(
  { rounds, samples }: { rounds: number; samples: number },
  ours: Side,
  baseline: Side,
): Promise<Compared> {
  const next = { ours: 0, baseline: 0 };
  async function block(side: Side, key: keyof typeof next): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < samples; i++) {
      const startedAt = performance.now();
      await side.run(next[key]++);
      times.push(performance.now() - startedAt);
    }
    return median(times);
  }
  return compareRounds(
    rounds + WARM_UP_ROUNDS,
    WARM_UP_ROUNDS,
    () => block(ours, 'ours'),
    () => block(baseline, 'baseline'),
  );
}

/**
 * The same for whole runs: each of `ours` and `baseline` measures one number (ms, jobs/s).
 * @param discard so many first rounds only warm up
 */
export async function compareRounds(
  rounds: number,
  discard: number,
  ours: () => Promise<number>,
  baseline: () => Promise<number>,
): Promise<Compared> {
  const pairs: { ours: number; baseline: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const pair = { ours: 0, baseline: 0 };
    const order = round % 2 === 0 ? (['ours', 'baseline'] as const) : (['baseline', 'ours'] as const);
    for (const side of order) pair[side] = await (side === 'ours' ? ours : baseline)();
    if (round >= discard) pairs.push(pair);
  }
  const ratios = pairs.map((pair) => pair.ours / pair.baseline);
  const differences = pairs.map((pair) => pair.ours - pair.baseline);
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    baseline: median(pairs.map((pair) => pair.baseline)),
    ratio: median(ratios),
    ratioSpread: spreadOf(ratios),
    difference: median(differences),
    differenceSpread: spreadOf(differences),
  };
}
