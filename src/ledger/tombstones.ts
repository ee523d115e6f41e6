import type { Subject } from '../contract/job.ts';
import { apartIn } from './connection/apart-in.ts';
import type { Transaction } from './connection/queryable.ts';
import type { Db } from './db.ts';
import { endJob, endOf } from './ends.ts';
import { type RunRow, runOf } from './job-key.ts';
import { ofKind, partOf } from './of-kind.ts';

const CLAIM = `
select id from pantry_queue.tombstones
where kind = any ($1::text[]) and ($2::bigint is null or subject = $2)
order by id limit $3 for update skip locked`;

/** Of each claimed tombstone `t` the jobs `j` of the subject that was deleted. */
const JOBS_OF = `from pantry_queue.tombstones t
  join pantry_queue.jobs j on j.kind = t.kind and j.subject = t.subject and j.job_no <= t.job_no and j.orphaned_at is null
  where t.id = any ($1::bigint[])`;

const LIVE = `select distinct j.kind, j.subject, j.generation, j.run_no ${JOBS_OF} and j.live`;

/** Job and events stay, as numbers and codes: that the job was accepted and how it ended is nobody's secret. */
const FORGET = ofKind(
  (type) => `
with buried as materialized (
  select * from pantry_queue.tombstones t where t.id = any ($1::bigint[]) and t.kind = '${type.kind}'
), held as materialized (
  select distinct j.job_no, j.params ${JOBS_OF} and t.kind = '${type.kind}'
), forgotten as (
  update pantry_queue.jobs j set orphaned_at = now(), result = null, result_hash = null, params = '{}', stuck_cause = null,
    error_message = case when j.error_code = $2 then j.error_message end
  from held h where j.job_no = h.job_no and j.job_no = any (array(select job_no from held))
  returning j.job_no, j.kind, j.subject, j.tenant_id, h.params
), no_replies as (
  delete from pantry_queue.replies p using forgotten f where p.job_no = f.job_no
), no_hashes as (
  update pantry_queue.events e set data = e.data - 'result_hash' from forgotten f
  where e.job_no = f.job_no and e.data ? 'result_hash'
)${partOf(type.sql.forgotten)}
select distinct kind, subject from forgotten`,
);

/** A table of a million subjects that was emptied is not cleared by one sweep. */
const MAX_SLICES = 20;

/**
 * Ends the live jobs of deleted subjects and removes what was read in them, one transaction a slice.
 * @returns the subjects whose jobs were ended or forgotten
 */
export async function clearTombstones(db: Db, sliceOf: number): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (let slice = 1; slice <= MAX_SLICES; slice++) {
    const cleared = await db.transaction((tx) => clear({ ...db, query: tx.query }, tx, sliceOf, undefined));
    subjects.push(...cleared.subjects);
    if (cleared.claimed < sliceOf) break;
  }
  return subjects;
}

/** The same at once for one subject, in the transaction that deletes it. */
export async function clearSubject(db: Db, tx: Transaction, subject: Subject): Promise<void> {
  await clear(db, tx, MAX_OF_ONE, subject);
}

const MAX_OF_ONE = 100;

interface Cleared {
  readonly claimed: number;
  readonly subjects: readonly Subject[];
}

async function clear(db: Db, tx: Transaction, limit: number, only: Subject | undefined): Promise<Cleared> {
  const rows = await tx.query<{ id: number }>(CLAIM, [
    only ? [only.kind] : db.kinds.names,
    only?.subject ?? null,
    limit,
  ]);
  if (rows.length === 0) return { subjects: [], claimed: 0 };
  const claimed = rows.map(({ id }) => id);
  const restored = await restoredOf(db, tx, claimed);
  const ids = claimed.filter((id) => !restored.has(id));

  for (const row of await tx.query<RunRow>(LIVE, [ids])) {
    const run = runOf(row);
    const end = endOf(db.kinds.of(run.kind), 'deleted', run.subject);
    await endJob({ ...db, query: apartIn(tx) }, run, end, { cancelRun: true });
  }
  const forgotten: Subject[] = [];
  for (const type of only ? [db.kinds.of(only.kind)] : db.kinds.list) {
    forgotten.push(
      ...(await tx.query<{ kind: string; subject: number }>(FORGET(type), [ids, type.words.deleted.code])),
    );
  }
  await tx.query('delete from pantry_queue.tombstones where id = any ($1::bigint[])', [ids]);
  return { subjects: forgotten, claimed: claimed.length };
}

/** Subjects that stand there again as they were, say their kinds: their jobs are theirs still. */
async function restoredOf(db: Db, tx: Transaction, claimed: readonly number[]): Promise<ReadonlySet<number>> {
  const restored = new Set<number>();
  for (const { sql } of db.kinds.list) {
    if (sql.restored === undefined) continue;
    for (const { id } of await tx.query<{ id: number }>(sql.restored, [claimed])) restored.add(id);
  }
  return restored;
}
