/** Times as a reader says them: in the zone and locale of the browser, with UTC beside it where it matters. */

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** A length of time in its two largest units: `12 s`, `6 min`, `1 h 20 min`, `3 d 4 h`. */
export function lengthOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE_S) return `${whole} s`;
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min`;
  if (whole < DAY_S) return two(whole, [HOUR_S, 'h'], [MINUTE_S, 'min']);
  return two(whole, [DAY_S, 'd'], [HOUR_S, 'h']);
}

function two(seconds: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string {
  const more = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${more === 0 ? '' : ` ${more} ${smallName}`}`;
}

/** Milliseconds where they matter: `340 ms`, `2.4 s`, then as `lengthOf`. */
export function shortLengthOf(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : lengthOf(ms / 1_000);
}

/** How long ago, or how far ahead: `6 min ago`, `in 2 h`, `now`. */
export function agoOf(at: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(at)) / 1_000;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `${lengthOf(seconds)} ago` : `in ${lengthOf(-seconds)}`;
}

/** When something is to come: `in 2 h`; `now` where its time has passed and it is about to. */
export function dueOf(at: string, nowMs: number): string {
  return Date.parse(at) <= nowMs ? 'now' : agoOf(at, nowMs);
}

/** How the reader writes times; a browser's own where left out. */
export interface Reader {
  readonly locale?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** `16:58:12` by the reader's clock. */
export function clockOf(at: string | number, reader: Reader = {}): string {
  return written(at, reader, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** `16:58` on the day of `nowMs`, else with its day: `26 Nov, 16:58`; the year where it is another. */
export function whenOf(at: string, nowMs: number, reader: Reader = {}): string {
  const day = { day: 'numeric', month: 'short' } as const;
  const isToday =
    written(at, reader, { ...day, year: 'numeric' }) === written(nowMs, reader, { ...day, year: 'numeric' });
  const isThisYear = written(at, reader, { year: 'numeric' }) === written(nowMs, reader, { year: 'numeric' });
  return written(at, reader, {
    ...(isToday ? {} : day),
    ...(isThisYear ? {} : { year: 'numeric' }),
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
}

/** A day as a receipt has it, `2026-05-18`, without any zone: `18 May 2026`. What is no day is given back as it is. */
export function dayOf(day: string, { locale }: Reader = {}): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(at)) return day;
  return written(at, { locale, timeZone: 'UTC' }, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** The same time for everybody, for the hint beside a local one: `2026-11-25 15:58:12 UTC`. */
export function utcOf(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? '' : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function written(at: string | number, { locale, timeZone }: Reader, parts: Intl.DateTimeFormatOptions): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return '–';
  return new Intl.DateTimeFormat(locale, { ...parts, ...(timeZone === undefined ? {} : { timeZone }) }).format(time);
}
