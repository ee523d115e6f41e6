import type { BulkOperation } from '../../contract/bulk.ts';
import { BULK } from '../../contract/policies.ts';
import { apartIn } from '../connection/apart-in.ts';
import type { Transaction } from '../connection/queryable.ts';
import { isLasting } from '../connection/refusal.ts';
import type { Db } from '../db.ts';
import { act, type BulkAction, type Member, skipReason } from './bulk-actions.ts';
import type { Outcome } from './bulks.ts';

type Claimed = BulkAction & { bulk_no: number; rate_per_minute: number | null };

const OPEN = `
select b.bulk_no, b.tenant_id, b.user_id, b.operation, b.only_user, b.priority, b.rate_per_minute from pantry_queue.bulks b
where b.ended_at is null and b.next_at <= now()`;
/** The process that holds the row does the slice; it is let go with the process that held it. */
const CLAIM_ANY = `${OPEN} and b.operation = any ($1::text[]) order by b.next_at limit 1 for update skip locked`;
const CLAIM_ONE = `${OPEN} and b.bulk_id = $1 for update`;

const WAITING = `
select job_no from pantry_queue.bulk_jobs where bulk_no = $1 and outcome is null order by job_no limit $2`;

/** A job that somebody else holds is left to a later slice: no bulk waits for a lock. */
const LOCK = `
select j.job_no, j.kind, j.subject, j.generation, j.status, j.phase, j.attempt, j.superseded,
  j.orphaned_at is not null as orphaned, j.cleared_at is not null as cleared
from pantry_queue.jobs j where j.job_no = any ($1::bigint[]) order by j.job_no for update skip locked`;

const GONE = `
select job_no from unnest($1::bigint[]) asked (job_no)
where not exists (select from pantry_queue.jobs j where j.job_no = asked.job_no)`;

const NOTE = `
with told as (
  select * from unnest($2::bigint[], $3::text[]) o (job_no, outcome)
), noted as (
  update pantry_queue.bulk_jobs m set outcome = t.outcome from told t
  where m.bulk_no = $1 and m.job_no = t.job_no and m.outcome is null
  returning m.outcome
), sums as (
  select outcome, sum(n)::int as n from (
    select outcome, count(*) as n from noted group by 1
    union all
    select o.key, o.value::int from pantry_queue.bulks b cross join jsonb_each_text(b.outcomes) o where b.bulk_no = $1
  ) both_sides group by 1
)
update pantry_queue.bulks b set
  outcomes = coalesce((select jsonb_object_agg(outcome, n) from sums), '{}'),
  next_at = now() + coalesce(make_interval(secs => 60.0 * (select count(*) from noted) / b.rate_per_minute), interval '0'),
  ended_at = case when (select sum(n) from sums) >= b.total then now() end
where b.bulk_no = $1
returning b.ended_at is not null as ended`;

/** What a slice has done. */
export interface Slice {
  /** Jobs that it is through with; 0: all that are left are held by others. */
  readonly jobs: number;
  readonly ended: boolean;
  /** Of the jobs that it has changed. */
  readonly subjects: readonly number[];
}

/**
 * Does one slice of a bulk: jobs, outcomes and progress are one commit, so each job is acted on exactly once no matter who is
 * killed when.
 * @param which a bulk by id, whose holder is waited for; or any of these operations that nobody holds
 * @returns undefined where there is nothing to do now
 */
export async function doSlice(
  db: Db,
  which: { readonly bulkId: string } | { readonly operations: readonly BulkOperation[] },
): Promise<Slice | undefined> {
  return db.transaction(async (tx) => {
    const [bulk] =
      'bulkId' in which
        ? await tx.query<Claimed>(CLAIM_ONE, [which.bulkId])
        : await tx.query<Claimed>(CLAIM_ANY, [which.operations]);
    if (!bulk) return undefined;
    const size =
      bulk.rate_per_minute === null ? BULK.slice : Math.min(BULK.slice, Math.ceil(bulk.rate_per_minute / 60));
    const asked = (await tx.query<{ job_no: number }>(WAITING, [bulk.bulk_no, size])).map(({ job_no }) => job_no);
    const members = await tx.query<Member>(LOCK, [asked]);
    const outcomes = new Map<number, Outcome>();
    if (members.length < asked.length) {
      for (const { job_no } of await tx.query<{ job_no: number }>(GONE, [asked]))
        outcomes.set(job_no, 'skipped/deleted');
    }
    const able: Member[] = [];
    for (const member of members) {
      const reason = skipReason(db.kinds, bulk.operation, member);
      if (reason === undefined) able.push(member);
      else outcomes.set(member.job_no, `skipped/${reason}`);
    }
    for (const [jobNo, outcome] of await actOnAll(db, tx, bulk, able)) outcomes.set(jobNo, outcome);
    const [noted] = await tx.query<{ ended: boolean }>(NOTE, [
      bulk.bulk_no,
      [...outcomes.keys()],
      [...outcomes.values()],
    ]);
    const changed = able.filter(({ job_no }) => outcomes.get(job_no)?.startsWith('done'));
    return {
      jobs: outcomes.size,
      ended: noted?.ended === true,
      subjects: changed.map(({ subject }) => subject),
    };
  });
}

type Outcomes = ReadonlyMap<number, Outcome>;

/** All at once; where the database refuses that for good, each by itself, so that one of them holds up no other. */
async function actOnAll(db: Db, tx: Transaction, bulk: BulkAction, members: readonly Member[]): Promise<Outcomes> {
  if (members.length === 0) return new Map();
  const together = await attempt(db, tx, bulk, members);
  if (together) return together;
  const outcomes = new Map<number, Outcome>();
  for (const member of members) {
    const alone = await attempt(db, tx, bulk, [member]);
    outcomes.set(member.job_no, alone?.get(member.job_no) ?? 'failed/ledger_refused');
  }
  return outcomes;
}

async function attempt(
  db: Db,
  tx: Transaction,
  bulk: BulkAction,
  members: readonly Member[],
): Promise<Outcomes | undefined> {
  await tx.execute('savepoint slice');
  try {
    return await act({ ...db, query: apartIn(tx) }, bulk, members);
  } catch (error) {
    if (!isLasting(error)) throw error;
    await tx.execute('rollback to savepoint slice');
    return undefined;
  }
}
