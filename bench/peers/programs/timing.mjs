/** Times of calls. A peer whose calls are made in another process times them there (`time`, `timeParallel`). */
import { now } from './handler.mjs';

export const quantile = (values, at) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(at * values.length))];

/** One call after the other. @returns the milliseconds and the answer of each */
export async function timed(client, call, inputs) {
  if (client.time) return client.time(call, inputs);
  const spans = [];
  const answers = [];
  for (const input of inputs) {
    const begun = now();
    answers.push(await client[call](input));
    spans.push(now() - begun);
  }
  return { spans, answers };
}

/** Several callers at once, each one call after the other. @returns the milliseconds until the last has its answer */
export async function timedParallel(client, call, inputs, callers) {
  if (client.timeParallel) return client.timeParallel(call, inputs, callers);
  const left = [...inputs];
  const begun = now();
  const one = async () => {
    while (left.length > 0) await client[call](left.pop());
  };
  await Promise.all(Array.from({ length: callers }, one));
  return now() - begun;
}

/** When the one call was made, by the clock that the jobs note. */
export async function enqueuedAt(client, job) {
  if (client.time) return (await client.time('enqueue', [job])).begun;
  const begun = now();
  await client.enqueue(job);
  return begun;
}
