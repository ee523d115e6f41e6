/** What a retry would do: `backoff`, `after` and `park` are about the queue's own retries of the agent. */
export type RetryRule = 'never' | 'once' | 'backoff' | 'after' | 'park';

export interface ErrorRow {
  /** The HTTP status; of errors that only ever end a job, the status its code has in a direct answer. */
  readonly http: number;
  readonly retry: RetryRule;
  /** Does an attempt of the job that ends with this count against its attempts? */
  readonly charges: boolean;
  readonly title: string;
  readonly hint: string;
}

export const row = (http: number, retry: RetryRule, charges: boolean, title: string, hint: string): ErrorRow => ({
  http,
  retry,
  charges,
  title,
  hint,
});
