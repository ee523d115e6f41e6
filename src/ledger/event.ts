/**
 * SQL: one event of each job.
 * @param from a part of the statement (`returning j.*` of `pantry_queue.jobs`), or a join that has these columns
 * @param kind an SQL expression
 * @param options SQL expressions. `state`: status/phase after the event; default: the row's own. `data`: a document.
 *   `of`: the alias of the job's columns, where there are others beside them
 */
export function recordEvent(
  from: string,
  kind: string,
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
  select ${job}job_no, ${job}tenant_id, ${job}user_id, ${job}batch_id, ${kind},
         ${state ?? `pantry_queue.state_of(${job}status, ${job}phase)`}, ${run ?? `${job}run_no`}, ${attempt}, ${data}
  from ${from}`;
}
