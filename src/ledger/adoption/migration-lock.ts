import { AppError } from '../../contract/errors.ts';
import type { Log } from '../../ports.ts';
import type { Queryable, Transaction } from '../connection/queryable.ts';
import type { Db } from '../db.ts';

/** Any number that nobody else uses: one migrator at a time in this database. */
const MIGRATION_LOCK = 7_302_516;
/** Another process that migrates for longer than this is looked at by a person. */
const LOCK_WAIT_MS = 300_000;
const LOCK_POLL_MS = 1_000;
const LOCK_LOG_EVERY = 10;

const TRY = 'select pg_try_advisory_xact_lock($1) as mine';

const HOLDER = `
select a.pid, a.application_name as name
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = $1 and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())`;

/**
 * Runs `work` in one transaction, alone among all migrators; without limits on its statements.
 * @throws AppError ledger_unavailable, naming the session that has held the lock for five minutes
 */
export async function aloneMigrating<T>(db: Db, log: Log, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += LOCK_POLL_MS) {
    const done = await db.transaction(
      async (tx) => {
        const [lock] = await tx.query<{ mine: boolean }>(TRY, [MIGRATION_LOCK]);
        return lock?.mine ? { result: await work(tx) } : undefined;
      },
      { patient: true },
    );
    if (done) return done.result;
    if (waitedMs >= LOCK_WAIT_MS) {
      const holder = await holderOf(db);
      throw new AppError('ledger_unavailable', `Another process (${holder}) has been migrating for too long.`, {
        hint: 'Look at pg_stat_activity, end what holds the migration, and start again.',
      });
    }
    if ((waitedMs / LOCK_POLL_MS) % LOCK_LOG_EVERY === 0) {
      log.info({ waited_ms: waitedMs, holder: await holderOf(db) }, 'ledger.migration_awaited');
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
}

async function holderOf(db: Queryable): Promise<string> {
  const [holder] = await db.query<{ pid: number; name: string }>(HOLDER, [MIGRATION_LOCK]);
  return holder ? `${holder.name}, database session ${holder.pid}` : 'it has just ended';
}
