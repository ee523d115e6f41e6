import { dayOf, utcOf, whenOf } from '../words/times.ts';

/** A time by the reader's clock, with UTC on hover. */
export function Time({ at, nowMs = Date.now() }: { readonly at: string; readonly nowMs?: number }) {
  return (
    <time dateTime={at} title={utcOf(at)}>
      {whenOf(at, nowMs)}
    </time>
  );
}

/** The day of a receipt. */
export function Day({ day }: { readonly day: string | null | undefined }) {
  return day ? <time dateTime={day}>{dayOf(day)}</time> : <>–</>;
}
