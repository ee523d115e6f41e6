import type { EventKind } from '../contract/events.ts';

/** One kind for all, or for each row the one that a condition gives. */
export type KindOf = EventKind | { readonly sql: string; readonly among: readonly EventKind[] };

/**
 * SQL: one event of each job. Every event but the first of a single job (`functions/arrivals.sql`) is written by it.
 * @param from a part of the statement (`returning j.*` of `pantry_queue.jobs`), or a join that has these columns
 * @param options SQL expressions. `state`: status/phase after the event; default: the row's own. `data`: a document as
 *   the kind's row of `EVENTS` says. `of`: the alias of the job's columns, where there are others beside them
 */
export function recordEvent(
  from: string,
  kind: KindOf,
  {
    of,
    state,
    run,
    attempt = 'null::int',
    data = 'null::jsonb',
  }: { of?: string; state?: string; run?: string; attempt?: string; data?: string } = {},
): string {
  const job = of === undefined ? '' : `${of}.`;
  return `insert into pantry_queue.events (job_no, tenant_id, user_id, batch_id, kind, state, run_no, attempt, data)
  select ${job}job_no, ${job}tenant_id, ${job}user_id, ${job}batch_id, ${typeof kind === 'string' ? `'${kind}'` : kind.sql},
         ${state ?? `pantry_queue.state_of(${job}status, ${job}phase)`}, ${run ?? `${job}run_no`}, ${attempt}, ${data}
  from ${from}`;
}
