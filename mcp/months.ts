/** Receipts are seldom older. */
const YEARS = 10;

/** The months up to now as YYYY-MM, the newest first. */
export function newestMonths(now: Date): readonly string[] {
  const month = (back: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back));
  return Array.from({ length: YEARS * 12 }, (_, back) => month(back).toISOString().slice(0, 7));
}

/** @returns the first and the last day of a month that is written YYYY-MM; undefined for what is no month */
export function daysOf(month: string): { readonly from: string; readonly to: string } | undefined {
  const [, year, number] = /^((?:19|20)\d\d)-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined) return undefined;
  const last = new Date(Date.UTC(Number(year), Number(number), 0));
  return { from: `${month}-01`, to: last.toISOString().slice(0, 10) };
}
