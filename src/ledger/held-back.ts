import type { Queryable } from './connection/queryable.ts';
import type { Db } from './db.ts';

/**
 * A prepared transaction holds back both, of every database. `backend_xid` holds back the events of every database of the server, `backend_xmin` the clean-up of its own. Who may not
 * see another role's sessions sees neither when they began nor what they do.
 */
const OPEN = `
with sessions as (
  select a.xact_start, a.pid, coalesce(nullif(a.application_name, ''), 'unnamed') as name
  from pg_stat_activity a
  where a.pid <> pg_backend_pid() and (a.backend_xid is not null
    or (a.backend_xmin is not null and a.datname = current_database()))
    and a.backend_type = 'client backend'
), open as (
  select xact_start as since, left(name, 60) || ' (pid ' || pid || ')' as name,
    format('select pg_terminate_backend(%s);', pid) as "end"
  from sessions where xact_start is not null
  union all
  -- No session has it, and no restart ends it.
  select prepared, left(gid, 60) || ' (prepared)', format('rollback prepared %L;', gid) from pg_prepared_xacts
)`;

const SEES_OTHERS = `pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')`;

const NOTE = `${OPEN}, oldest as (
  select since, name from open order by since limit 1
), looked as (
  select (select since from oldest) as since, (select name from oldest) as name,
    ${SEES_OTHERS} as sees_others
)
update pantry_queue.queue_state q set sees_others = l.sees_others,
  held_since = case when l.since < now() - make_interval(secs => $1) then l.since end,
  held_by = case when l.since < now() - make_interval(secs => $1) then l.name end
from looked l
where (q.sees_others, q.held_since, q.held_by) is distinct from (l.sees_others,
  case when l.since < now() - make_interval(secs => $1) then l.since end,
  case when l.since < now() - make_interval(secs => $1) then l.name end)`;

/** Writes down which transaction has been open for longest, where it is older than that. */
export async function noteHeldBack(db: Db, toldAfterS: number): Promise<void> {
  await db.query(NOTE, [toldAfterS]);
}

/** A transaction that holds back events and clean-up. */
export type OpenTransaction = {
  readonly name: string;
  readonly since: Date;
  /** The statement that ends it. */
  readonly end: string;
};

/** Those that are older than that, the oldest first; and whether this role, which is named as SQL writes it, sees those of other roles. */
export async function openTransactions(
  db: Queryable,
  olderThanS: number,
): Promise<{ open: OpenTransaction[]; role: string; seesOthers: boolean }> {
  const open = await db.query<OpenTransaction>(
    `${OPEN} select name, since, "end" from open where since < now() - make_interval(secs => $1) order by since limit 20`,
    [olderThanS],
  );
  const [row] = await db.query<{ role: string; sees_others: boolean }>(
    `select quote_ident(current_user) as role, ${SEES_OTHERS} as sees_others`,
  );
  return { open, role: row?.role ?? '', seesOthers: row?.sees_others === true };
}
