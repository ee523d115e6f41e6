/** Receipts are seldom older. */
const YEARS = 10;

/** The months up to now as YYYY-MM, the newest first. */
export function newestMonths(now: Date): readonly string[] {
  const month = (back: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back));
  return Array.from({ length: YEARS * 12 }, (_, back) => month(back).toISOString().slice(0, 7));
}
