/**
 * Where a number comes from.
 * - `ledger`: of the whole queue, read from the ledger at a scrape. Every process shows the same: take the maximum, never
 *   the sum.
 * - `process`: of this process, read at a scrape
 * - `counted`: of this process, counted where it happens
 */
export type MetricSource = 'ledger' | 'process' | 'counted';

/** The values that a label can have: named here, or at most so many; any further one is shown as `other`. */
export type LabelValues = readonly string[] | { readonly most: number };

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly from: MetricSource;
  /** One sentence. */
  readonly help: string;
  /** Never an id, a user, a tenant or text of a receipt. */
  readonly labels?: Readonly<Record<string, LabelValues>>;
  /** Upper bounds, in seconds. */
  readonly buckets?: readonly number[];
}

/** What stands where a label has nothing to say. */
export const NO_VALUE = 'none';
