import type { JobKinds, JobType } from '../jobs/job-type.ts';

function once<Key extends object>(build: (key: Key) => string): (key: Key) => string {
  const texts = new WeakMap<Key, string>();
  return (key) => {
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = build(key);
    texts.set(key, text);
    return text;
  };
}

/** A statement of the core with a kind's parts in it, put together once. */
export const ofKind = (build: (type: JobType) => string) => once(build);

/** A statement about jobs of all kinds, put together once. */
export const ofKinds = (build: (kinds: JobKinds) => string) => once(build);

/** SQL: a part that follows others of the same WITH. */
export const partOf = (part: string | undefined) => (part === undefined ? '' : `, ${part}`);
