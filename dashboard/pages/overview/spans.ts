import type { InputOf } from '../../../src/contract/queue-api.ts';

/** The spans of time that the charts show, by the number of their key. */
export const SPANS = [
  { name: '1 h', hours: 1, step: '1m' },
  { name: '6 h', hours: 6, step: '15m' },
  { name: '24 h', hours: 24, step: '1h' },
  { name: '7 d', hours: 168, step: '6h' },
] as const satisfies readonly { name: string; hours: number; step: InputOf<'queueHistory'>['step'] }[];

export type Span = (typeof SPANS)[number];

const HOUR_MS = 3_600_000;

/** What is asked for to draw a span that ends now. */
export function historyOf({ hours, step }: Span, nowMs: number): InputOf<'queueHistory'> {
  return { from: new Date(nowMs - hours * HOUR_MS).toISOString(), step };
}
