import { type Reader, whenOf } from './times.ts';

const UTC_TIME = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z/g;

/** A sentence of the queue with its times by the reader’s clock: the queue itself writes them in UTC. */
export function withLocalTimes(sentence: string, nowMs: number, reader: Reader = {}): string {
  return sentence.replace(UTC_TIME, (at) => whenOf(at, nowMs, reader));
}
