export interface BucketRule {
  /** What a full bucket holds. */
  readonly burst: number;
  readonly perS: number;
  /** Names that are remembered; beyond, the one that was asked for longest ago is forgotten. */
  readonly remembered: number;
}

export interface Buckets {
  /** Takes one. @returns 0, or in how many seconds there is one */
  take(name: string): number;
  /** Gives one back. */
  giveBack(name: string): void;
}

/** A token bucket for each name, in memory that is bounded. */
export function createBuckets({ burst, perS, remembered }: BucketRule, now: () => number = Date.now): Buckets {
  const buckets = new Map<string, { left: number; at: number }>();

  function bucketOf(name: string) {
    const at = now();
    const known = buckets.get(name) ?? { left: burst, at };
    known.left = Math.min(burst, known.left + ((at - known.at) / 1_000) * perS);
    known.at = at;
    // To the end: the first is then the one that was asked for longest ago.
    buckets.delete(name);
    buckets.set(name, known);
    if (buckets.size > remembered) buckets.delete(buckets.keys().next().value ?? '');
    return known;
  }

  return {
    take(name) {
      const bucket = bucketOf(name);
      if (bucket.left < 1) return (1 - bucket.left) / perS;
      bucket.left--;
      return 0;
    },
    giveBack(name) {
      const bucket = bucketOf(name);
      bucket.left = Math.min(burst, bucket.left + 1);
    },
  };
}
