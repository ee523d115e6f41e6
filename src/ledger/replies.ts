import { createHash } from 'node:crypto';
import { type CallCost, UNPRICED } from '../contract/cost.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { JobKey, RunKey } from '../contract/job.ts';
import type { JobType } from '../jobs/job-type.ts';
import { NOTE_REPLY } from './breaker/breaker.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { keyValues, OF_GENERATION, OF_RUN, runValues } from './job-key.ts';
import { ofKind } from './of-kind.ts';
import { lookupOf, sameOwner } from './same-subject.ts';

/** What an agent sent, as it came. */
export interface RawReply {
  readonly bytes: Uint8Array;
  /** How long the call took. */
  readonly agentMs: number;
  /** Absent: nobody has put a price on it. */
  readonly cost?: CallCost;
}

export type ReplyRow = { raw: Uint8Array; sha256: string; agent_ms: number; attempt: number; stored_at: Date };

const READ = `select p.raw, p.sha256, p.agent_ms, p.attempt, p.stored_at
  from pantry_queue.jobs j join pantry_queue.replies p using (job_no) where ${OF_GENERATION} and p.refused is null`;

/** The agent's reply for a generation; undefined when none has come, or it is past its retention. */
export async function readReply(db: Db, key: JobKey): Promise<ReplyRow | undefined> {
  const [row] = await db.query<ReplyRow>(READ, keyValues(key));
  return row;
}

const READ_TO_SAVE = ofKind(
  ({ sql }) => `select p.raw, p.sha256, ${sql.before ?? 'null'} as before
  from pantry_queue.jobs j join pantry_queue.replies p using (job_no)
  where ${OF_GENERATION} and p.refused is null`,
);

export type ReplyToSave = { raw: Uint8Array; sha256: string; before: unknown };

/** A reply, with what its subject says before it is saved. */
export async function readToSave(db: Db, key: JobKey): Promise<ReplyToSave | undefined> {
  const [row] = await db.query<ReplyToSave>(READ_TO_SAVE(db.kinds.of(key.kind)), keyValues(key));
  return row;
}

/** Nothing is kept of what was deleted, or whose id another has now. */
const subjectIsThere = (type: JobType) =>
  `exists (select from ${lookupOf(type)} s where s.subject = j.subject and ${sameOwner('j', 's')})`;

/**
 * SQL: the call is on the bill, whatever becomes of its reply and of its subject; told again, it is on it once.
 * @param first number of the parameters of `costValues`
 */
const paid = (first: number) => `paid as (
  insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, cost, currency, model, cost_unread)
  select j.job_no, $5, j.tenant_id, j.user_id, $${first}::numeric, $${first + 1}, $${first + 2}, $${first + 3}::boolean
  from pantry_queue.jobs j where ${OF_GENERATION}
  on conflict (job_no, attempt) do nothing
)`;

const costValues = ({ amount, currency, model, unread }: CallCost = UNPRICED) =>
  [amount ?? null, amount === undefined ? null : currency, model ?? null, unread] as const;

/**
 * The row of a job whose attempt was taken for lost is locked, so that a newer attempt that begins at this moment waits
 * and finds this reply. An attempt that is current locks nothing here: it updates the row anyway.
 */
const STORE = ofKind(
  (type) => `
with overtaken as materialized (
  select from pantry_queue.jobs j
  where ${OF_GENERATION} and not (j.run_no = $4 and j.attempt = $5 and j.status = 'started' and j.phase = 'agent')
  for no key update
), ${paid(9)}, stored as (
  insert into pantry_queue.replies as p (job_no, tenant_id, run_no, attempt, raw, sha256, agent_ms)
  select j.job_no, j.tenant_id, $4, $5, $6::bytea, $7, $8
  from pantry_queue.jobs j where ${OF_GENERATION} and (select count(*) from overtaken) >= 0
    and ${subjectIsThere(type)}
  on conflict (job_no) do update set run_no = excluded.run_no, attempt = excluded.attempt,
    raw = excluded.raw, sha256 = excluded.sha256, agent_ms = excluded.agent_ms, stored_at = now(), refused = null
    where p.refused is not null
  returning sha256
), saving as (
  update pantry_queue.jobs j set status = 'started', phase = 'saving'
  where ${OF_RUN} and j.attempt = $5 and j.status = 'started' and j.phase = 'agent'
  returning j.*
), noted as (${NOTE_REPLY}
), recorded as (
  ${recordEvent('pantry_queue.jobs j left join saving s on s.job_no = j.job_no', 'reply_stored', {
    of: 'j',
    state: 'pantry_queue.state_of(s.status, s.phase)',
    run: '$4',
    attempt: '$5',
    data: "jsonb_build_object('agent_ms', $8::int)",
  })}
  where ${OF_GENERATION} and (exists (select from stored) or exists (select from saving))
)
select coalesce((select sha256 from stored), (
  select p.sha256 from pantry_queue.jobs j join pantry_queue.replies p using (job_no)
  where ${OF_GENERATION} and p.refused is null)) as sha256`,
);

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Stores the agent's reply for its generation, whatever has become of the run meanwhile: it is paid. The first usable
 * one stays. Of a subject that was deleted meanwhile nothing is stored.
 * @returns the hash of the reply that counts
 */
export async function storeReply(db: Db, run: RunKey, attempt: number, reply: RawReply): Promise<string> {
  const sha256 = sha256Of(reply.bytes);
  const [row] = await db.query<{ sha256: string | null }>(STORE(db.kinds.of(run.kind)), [
    ...runValues(run),
    attempt,
    reply.bytes,
    sha256,
    reply.agentMs,
    ...costValues(reply.cost),
  ]);
  // On a lost race the other's row is committed but not in our snapshot: it has what we have.
  return row?.sha256 ?? sha256;
}

const KEEP_REFUSED = ofKind(
  (type) => `
with ${paid(10)}
insert into pantry_queue.replies as p (job_no, tenant_id, run_no, attempt, raw, sha256, agent_ms, refused)
select j.job_no, j.tenant_id, $4, $5, $6::bytea, $7, $8, $9
from pantry_queue.jobs j where ${OF_GENERATION} and ${subjectIsThere(type)}
on conflict (job_no) do update set run_no = excluded.run_no, attempt = excluded.attempt,
  raw = excluded.raw, sha256 = excluded.sha256, agent_ms = excluded.agent_ms, stored_at = now(), refused = excluded.refused
  where p.refused is not null`,
);

/** Keeps what arrived and is no reply for its subject, for the operator; a usable reply takes its place. */
export async function keepRefusedReply(
  db: Db,
  run: RunKey,
  attempt: number,
  reply: RawReply & { readonly code: ErrorCode },
): Promise<void> {
  await db.query(KEEP_REFUSED(db.kinds.of(run.kind)), [
    ...runValues(run),
    attempt,
    reply.bytes,
    sha256Of(reply.bytes),
    reply.agentMs,
    reply.code,
    ...costValues(reply.cost),
  ]);
}

/** The latest paid reply of an earlier generation that ended without a result, of the same making and owner. */
const CARRY_OVER = `
insert into pantry_queue.replies (job_no, tenant_id, run_no, attempt, raw, sha256, agent_ms, stored_at)
select j.job_no, j.tenant_id, j.run_no, j.attempt, earlier.raw, earlier.sha256, earlier.agent_ms, earlier.stored_at
from pantry_queue.jobs j
cross join lateral (
  select e.*, p.raw, p.sha256, p.agent_ms, p.stored_at
  from pantry_queue.jobs e join pantry_queue.replies p using (job_no)
  where e.kind = j.kind and e.subject = j.subject and e.generation < j.generation and p.refused is null
  order by e.generation desc limit 1
) earlier
where ${OF_RUN} and earlier.status in ('failed', 'canceled') and earlier.orphaned_at is null
  and (earlier.tenant_id, earlier.user_id, earlier.params) = (j.tenant_id, j.user_id, j.params)
on conflict (job_no) do nothing`;

/** Lets a retry have the reply that its predecessor paid for and did not save. */
export async function carryReplyOver(db: Db, run: RunKey): Promise<void> {
  await db.query(CARRY_OVER, runValues(run));
}

/** Has a reply come meanwhile? A statement of its own, whose snapshot is new. */
export async function findReplyHash(db: Db, run: RunKey): Promise<string | undefined> {
  const [row] = await db.query<{ sha256: string }>(
    `select p.sha256 from pantry_queue.jobs j join pantry_queue.replies p using (job_no)
     where ${OF_GENERATION} and p.refused is null`,
    keyValues(run),
  );
  return row?.sha256;
}
