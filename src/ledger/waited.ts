import type { AskedJob, Phase, Status } from '../contract/job.ts';
import { jobsElsewhere } from './batches/batch-members.ts';
import type { Db } from './db.ts';
import type { Position } from './feed.ts';
import { ofKind } from './of-kind.ts';
import { lookupOf, sameOwner } from './same-subject.ts';

/** What a wait tells of a job. */
export type WaitedRow = {
  job_no: number;
  kind: string;
  subject: number;
  generation: number;
  user_id: number;
  status: Status;
  phase: Phase | null;
  live: boolean;
  attempt: number;
  next_attempt_at: Date | null;
  ended_at: Date | null;
  expired_at: Date | null;
  error_code: string | null;
};

/** Of a job that was asked for by its id. */
export type AskedRow = WaitedRow & {
  /** Its place among those that were asked for, from 1. */
  ord: number;
  subject_gone: boolean;
  /** Its state changed since the position: `is_final` = no transaction that is still open can come before. */
  is_changed: boolean;
  is_final: boolean;
};

const COLUMNS = [
  ...['job_no', 'kind', 'subject', 'generation', 'user_id', 'status', 'phase', 'live', 'attempt', 'next_attempt_at'],
  ...['ended_at', 'expired_at', 'error_code'],
];

/** SQL: events of the present epoch behind a position; what was restored with the ledger lies before. */
const BEHIND = '(e.xid, e.id) > ($1::xid8, $2::bigint)';
const OF_EPOCH = 'e.id >= (select max(first_id) from pantry_queue.epochs)';

/** A few events a job, by its index: as a plain comparison, or as `exists`, a plan may read the whole feed for them. */
const CHANGED = (more = '') => `coalesce((
    select true from pantry_queue.events e
    where e.job_no = j.job_no and e.state is not null
      and case when ${BEHIND} and ${OF_EPOCH} ${more} then true else false end
    limit 1), false)`;

const ASKED = ofKind(
  (type) => `
select i.ord::int as ord, j.*, ${CHANGED()} as is_changed, ${CHANGED('and e.xid < $3::xid8')} as is_final
from unnest($4::bigint[], $5::int[]) with ordinality as i (subject, generation, ord)
cross join lateral (
  select ${COLUMNS.map((column) => `g.${column}`)}, r.subject is null as subject_gone
  from pantry_queue.jobs g left join ${lookupOf(type)} r on r.subject = g.subject
  where g.kind = '${type.kind}' and g.subject = i.subject and g.tenant_id = $6 and ($7::bigint is null or g.user_id = $7)
    and (i.generation is null or g.generation = i.generation) and (r.subject is null or ${sameOwner('g', 'r')})
  order by g.generation desc limit 1
) j
order by i.ord`,
);

/** A stretch of the feed: behind one position, and final before a transaction. */
export interface Stretch {
  readonly after: Pick<Position, 'xid' | 'id'>;
  readonly end: Pick<Position, 'xid'>;
}

const valuesOf = ({ after, end }: Stretch) => [String(after.xid), after.id, String(end.xid)];

/** Jobs of one kind, in the order in which they were asked for; those that the tenant, or the user, does not have are left out. */
export async function readAsked(
  db: Db,
  { tenant, userId }: { readonly tenant: string; readonly userId: number | undefined },
  kind: string,
  asked: readonly AskedJob[],
  stretch: Stretch,
): Promise<AskedRow[]> {
  return db.query<AskedRow>(ASKED(db.kinds.of(kind)), [
    ...valuesOf(stretch),
    asked.map(({ subject }) => subject),
    asked.map(({ generation }) => generation ?? null),
    tenant,
    userId ?? null,
  ]);
}

/** The end of a member that a batch tells of, or its own: then without a job. */
export type EndedRow = { xid: string; id: number } & (WaitedRow | { [K in keyof WaitedRow]: null });

const ELSEWHERE = `
  select e.job_no from pantry_queue.batches b cross join lateral (${jobsElsewhere('b')}) e
  where b.batch_id = $1 and b.tenant_id = $2`;

/** So many are followed at once: the oldest, which end first. */
const FOLLOWED = 1_000;

const LIVE_ELSEWHERE = `
select j.job_no from (${ELSEWHERE}) e join pantry_queue.jobs j using (job_no) where j.live order by 1 limit ${FOLLOWED}`;

/** Live jobs of a batch's members whose ends do not name the batch: they were there already, or are later generations. */
export async function liveElsewhere(db: Db, tenant: string, batchId: string): Promise<number[]> {
  const rows = await db.query<{ job_no: number }>(LIVE_ELSEWHERE, [batchId, tenant]);
  return rows.map(({ job_no }) => job_no);
}

const JOB_ENDS = `'finished', 'failed', 'canceled'`;
/** SQL: the end of a job in the stretch; as a plain comparison, a plan may read the whole feed for them. */
const HAS_ENDED = `case when e.kind in (${JOB_ENDS}) and (e.xid, e.id) > ($3::xid8, $4::bigint) and ${OF_EPOCH} and e.xid < $5::xid8
    then true else false end`;

const ENDS = `
with told as (
  (select e.xid, e.id, e.job_no from pantry_queue.events e
   where e.batch_id = $1 and e.tenant_id = $2 and e.kind in (${JOB_ENDS}, 'batch_finished')
     and (e.xid, e.id) > ($3::xid8, $4::bigint) and ${OF_EPOCH} and e.xid < $5::xid8
   order by e.xid, e.id limit $6)
  union
  select t.xid, t.id, t.job_no from (${ELSEWHERE}) m cross join lateral (
    select e.xid, e.id, e.job_no from pantry_queue.events e where e.job_no = m.job_no and ${HAS_ENDED} limit 1) t
  order by xid, id limit $6
)
select t.xid::text as xid, t.id, ${COLUMNS.map((column) => `j.${column}`)}
from told t left join pantry_queue.jobs j using (job_no)
order by t.xid, t.id`;

/** The ends of a batch's members, and its own, in a stretch, in the order of the feed. */
export function readEnds(
  db: Db,
  tenant: string,
  batchId: string,
  stretch: Stretch,
  limit: number,
): Promise<EndedRow[]> {
  return db.query<EndedRow>(ENDS, [batchId, tenant, ...valuesOf(stretch), limit]);
}
