/** Longer words are no slips of the pen, and comparing them costs their length squared. */
const MAX_LENGTH = 60;

/** `jobId`, `JOB_ID`, `job-id` and `job_id` are one name. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * The name that was probably meant.
 * @returns undefined when none is near: a wrong guess misleads more than none
 */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  if (given.length > MAX_LENGTH) return undefined;
  const word = plainName(given);
  if (word === '') return undefined;
  const ranked = names
    .map((name) => ({ name, far: editDistance(word, plainName(name)) }))
    .sort((left, right) => left.far - right.far);
  const [best] = ranked;
  if (best === undefined) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(word.length, plainName(best.name).length) / 3));
  return best.far <= allowed ? best.name : undefined;
}

/** Letters to change, add or leave out; 1 where one word is the beginning or the end of the other. */
export function editDistance(left: string, right: string): number {
  if (left === right) return 0;
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  if (short.length >= 3 && (long.startsWith(short) || long.endsWith(short))) return 1;
  let row = Array.from({ length: right.length + 1 }, (_, place) => place);
  for (const [place, letter] of [...left].entries()) {
    const next = [place + 1];
    for (const [column, other] of [...right].entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? left.length;
}
