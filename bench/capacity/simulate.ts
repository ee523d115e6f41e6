/** What arrives, and who takes it. */
export interface Scene {
  readonly jobsPerSecond: number;
  readonly readingSeconds: number;
  /** Standard deviation of a reading over its mean; 0 = all alike, 1 = as spread as an exponential one. */
  readonly spread: number;
  /** Calls of the agent at once. */
  readonly slots: number;
  /** From the end of one call to the begin of the next in its slot: the gate and Temporal. */
  readonly handoverSeconds: number;
  readonly jobs: number;
  readonly seed: number;
}

export interface Simulated {
  /** From a job's acceptance to the begin of its call. */
  readonly waitSeconds: { readonly p50: number; readonly p95: number; readonly p99: number; readonly mean: number };
  /** Share of the time that slots were taken. */
  readonly utilisation: number;
  readonly mostWaiting: number;
}

/** Mulberry32 (T. Ettinger, public domain): the same numbers for the same seed, everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Times at which slots come free, the earliest first. */
class Slots {
  readonly #free: Float64Array;

  constructor(count: number) {
    this.#free = new Float64Array(count);
  }

  earliest(): number {
    return this.#free[0] ?? 0;
  }

  /** Gives the earliest slot a new time, and sinks it to its place in the heap. */
  takeEarliest(until: number): void {
    const free = this.#free;
    let at = 0;
    for (let child = 1; child < free.length; child = 2 * at + 1) {
      const right = child + 1;
      const least = right < free.length && (free[right] as number) < (free[child] as number) ? right : child;
      if ((free[least] as number) >= until) break;
      free[at] = free[least] as number;
      at = least;
    }
    free[at] = until;
  }
}

/**
 * Jobs that arrive by chance, one queue, many slots, first come first served: what waits come out at a given number of
 * slots. The first tenth warms the queue up and is not counted.
 */
export function simulate(scene: Scene): Simulated {
  const random = randomFrom(scene.seed);
  const exponential = () => -Math.log(1 - random());
  // Log-normal with the given mean and spread; its normal part by Box and Muller.
  const sigma2 = Math.log(1 + scene.spread ** 2);
  const normal = () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * random());
  const reading = () => scene.readingSeconds * Math.exp(Math.sqrt(sigma2) * normal() - sigma2 / 2);

  const slots = new Slots(scene.slots);
  const waits = new Float64Array(scene.jobs);
  const begins: number[] = [];
  let firstWaiting = 0;
  let now = 0;
  let busy = 0;
  let mostWaiting = 0;
  for (let job = 0; job < scene.jobs; job++) {
    now += exponential() / scene.jobsPerSecond;
    const begin = Math.max(now, slots.earliest());
    const taken = reading() + scene.handoverSeconds;
    slots.takeEarliest(begin + taken);
    waits[job] = begin - now + scene.handoverSeconds;
    busy += taken;
    begins.push(begin);
    while (firstWaiting < begins.length && (begins[firstWaiting] as number) <= now) firstWaiting++;
    mostWaiting = Math.max(mostWaiting, begins.length - firstWaiting);
  }
  const counted = waits.slice(Math.floor(scene.jobs / 10)).sort();
  const at = (share: number) => counted[Math.floor(share * (counted.length - 1))] ?? 0;
  const mean = counted.reduce((sum, wait) => sum + wait, 0) / counted.length;
  return {
    waitSeconds: { p50: at(0.5), p95: at(0.95), p99: at(0.99), mean },
    utilisation: busy / (scene.slots * now),
    mostWaiting,
  };
}
