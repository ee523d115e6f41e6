/** How what calls cost is summed. */
export const BILL = {
  /** Calls that one statement adds, and statements of one round. */
  page: 1_000,
  pages: 20,
  /** Longer than a month of any time zone. */
  quartersDays: 40,
  /** Days that one question about costs spans. */
  mostDays: 366,
  /** Budgets that one statement renews. */
  budgets: 200,
  /** Sums, of a quarter of an hour each, that a price is looked for in, and calls that are enough for an average. */
  priceSums: 200,
  priceCalls: 100,
  /** Budgets that an estimate tells of. */
  estimated: 20,
} as const;
