/** SQL: what each event `e` adds to the history; verify counts by the same. */
export const HISTORY_COUNTS = `(count(*) filter (where e.kind = 'enqueued'))::int as accepted,
    (count(*) filter (where e.kind = 'finished'))::int as finished,
    (count(*) filter (where e.kind = 'failed'))::int as failed,
    (count(*) filter (where e.kind = 'canceled'))::int as canceled`;

/** SQL: the event `e` is not behind the place of the history. */
export const NOT_IN_HISTORY = `((select max(p.epoch) from pantry_queue.epochs p where p.first_id <= e.id), e.xid, e.id)
  > (select epoch, xid, id from pantry_queue.history_place)`;
