import { duration, relativeTime } from './relative-time.ts';

/** Says a time from now, and as it stands in the ledger. */
export type When = (time: string) => string;

export const whenFrom =
  (now: Date): When =>
  (time) =>
    `${relativeTime(time, now.getTime())} (${utc(time)})`;
const utc = (time: string) => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** How long it was from one time to another. */
export const between = (from: string, to: string): string =>
  duration(Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000)));

export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Short times to a tenth. */
export const seconds = (s: number): string => (s < 10 ? `${Math.round(s * 10) / 10} s` : duration(Math.round(s)));
