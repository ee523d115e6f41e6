import { BREAKER } from '../../contract/breaker-policy.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { recordEvent } from '../event.ts';

/** Why the breaker is open: the reasons of its cap (functions/breaker.sql). */
export type BreakerReason = 'agent_unreachable' | 'agent_rate_limited' | 'images_unreachable' | 'same_error';

/**
 * What an error says about the agent, and about the store that it needs: a verdict on the one image shows that both are
 * well. Any other says nothing about them.
 */
const SAYS: Readonly<Partial<Record<ErrorCode, BreakerReason | 'well'>>> = {
  agent_unavailable: 'agent_unreachable',
  agent_rate_limited: 'agent_rate_limited',
  storage_unavailable: 'images_unreachable',
  agent_error: 'same_error',
  agent_timeout: 'same_error',
  agent_bad_response: 'same_error',
  agent_mismatch: 'same_error',
  agent_rejected: 'well',
  image_missing: 'well',
  image_unreadable: 'well',
  image_too_large: 'well',
  unsupported_image: 'well',
};

/** A call of the agent that brought no usable reply. */
export interface AgentFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterS?: number | undefined;
}

/**
 * How a failure left the breaker: `closed`, `opened` by it, or `open`: it was so already, or a probe has failed. `probe`
 * is one of those that cost their job an attempt.
 */
export type BreakerState = 'closed' | 'opened' | 'open' | 'probe';

type Facts = {
  job_no: number;
  reason: BreakerReason | null;
  in_flight: number | null;
  same_error: string | null;
  same_jobs: number[];
  failed_probes: number;
};

const IS_OPEN = 'select from pantry_queue.open_breaker where in_flight = 0';
const LOCKED = 'select * from pantry_queue.breaker for update';
const FACTS = `
select j.job_no, c.reason, c.in_flight, b.same_error, b.same_jobs, b.failed_probes
from pantry_queue.breaker b left join pantry_queue.open_breaker c on true
join pantry_queue.jobs j on j.kind = $1 and j.subject = $2 and j.generation = $3`;

/** One event for each tenant that has jobs: the breaker is of the whole queue. */
export const TENANTS = `tenants (tenant_id) as (
  (select tenant_id from pantry_queue.counters order by tenant_id limit 1)
  union all
  select next.tenant_id from tenants t cross join lateral (
    select c.tenant_id from pantry_queue.counters c where c.tenant_id > t.tenant_id order by c.tenant_id limit 1) next
)`;

/** SQL: an event of the breaker in every tenant; `TENANTS` must stand before. */
export const recordForAll = (kind: 'breaker_opened' | 'breaker_probing' | 'breaker_closed', data: string) =>
  recordEvent('(select null::bigint as job_no, tenant_id, 0 as user_id, null as batch_id from tenants) t', kind, {
    state: 'null',
    run: 'null::int',
    data,
  });

const OPEN = `
with recursive ${TENANTS}, opened as (
  insert into pantry_queue.caps (tenant_id, in_flight, reason, note) values (null, 0, $1, $2)
), told as (
  ${recordForAll('breaker_opened', "jsonb_build_object('reason', $1::text)")}
)
update pantry_queue.breaker set next_probe_at = now() + make_interval(secs => $3 / 1000.0), answered_at = null,
  same_error = null, same_jobs = '{}', replies = 0, failed_probes = 0`;

const OPEN_AGAIN = `
with again as (
  update pantry_queue.caps c set in_flight = 0, reason = $1, note = $2
  from pantry_queue.open_breaker o where c.cap_no = o.cap_no
)
update pantry_queue.breaker set next_probe_at = now() + make_interval(secs => $3 / 1000.0), answered_at = null,
  same_error = null, same_jobs = '{}', replies = 0, failed_probes = failed_probes + 1`;

const SAME = 'update pantry_queue.breaker set same_error = $1, same_jobs = $2';

/**
 * Tells the breaker what a call of the agent met. It opens at once for an agent that cannot be reached, asks to wait or
 * gets no images, and for any other error when so many different jobs have met the same one in a row.
 * @returns what that means for the job
 */
export async function noteFailure(
  db: Db,
  job: { readonly kind: string; readonly subject: number; readonly generation: number },
  failure: AgentFailure,
  random: () => number = Math.random,
): Promise<BreakerState> {
  const reason = SAYS[failure.code];
  if (reason === 'well') await db.query(NOTE_REPLY);
  if (reason === 'well' || reason === undefined) return 'closed';
  // Of many calls that end together only the first has anything to write.
  if ((await db.query(IS_OPEN)).length > 0) return 'open';
  return db.transaction(async (tx) => {
    await tx.query(LOCKED);
    const [facts] = await tx.query<Facts>(FACTS, [job.kind, job.subject, job.generation]);
    if (!facts) return 'closed';
    if (facts.in_flight === 0) return 'open';
    // The one job of a first probe decides; past it the same error must have met several again.
    if (reason === 'same_error' && facts.in_flight !== 1 && !(await isRow(tx, facts, failure))) return 'closed';
    const pauseMs = pauseOf(reason, facts, failure, random);
    await tx.query(facts.in_flight === null ? OPEN : OPEN_AGAIN, [reason, failure.message, pauseMs]);
    if (facts.in_flight === null) return 'opened';
    return (facts.failed_probes + 1) % BREAKER.probesPerAttempt === 0 ? 'probe' : 'open';
  });
}

/** Counts the job, and says whether enough have met the error in a row. */
async function isRow(tx: Queryable, facts: Facts, { code, message }: AgentFailure): Promise<boolean> {
  // Words with a digit in them (ids, numbers, addresses) are not what makes two errors the same.
  const error = `${code} ${message.replace(/\S*\d\S*/g, '#')}`;
  const before = facts.same_error === error ? facts.same_jobs : [];
  const jobs = [...new Set([...before, facts.job_no])];
  if (jobs.length >= BREAKER.sameErrorJobs) return true;
  await tx.query(SAME, [error, jobs]);
  return false;
}

/** Longer after each probe that failed; as long as the agent asked, and a little more. */
function pauseOf(reason: BreakerReason, facts: Facts, { retryAfterS }: AgentFailure, random: () => number): number {
  const { firstMs, maxMs } = BREAKER.pause[reason];
  const failed = facts.in_flight === null ? 0 : facts.failed_probes + 1;
  const asked = reason === 'agent_rate_limited' && retryAfterS !== undefined ? retryAfterS * 1000 : undefined;
  const pauseMs = asked ?? Math.min(maxMs, firstMs * 2 ** Math.min(failed, 20));
  return Math.round(Math.min(maxMs, pauseMs) * (1 + BREAKER.jitter * random()));
}

/**
 * SQL: what a usable reply means for the breaker. Nothing is written while all is well; a process that finds the row locked goes
 * on, since a paid reply waits for nobody.
 */
export const NOTE_REPLY = `
  update pantry_queue.breaker b set replies = b.replies + 1, same_error = null, same_jobs = '{}'
  from (select only_row from pantry_queue.breaker
        where same_error is not null or next_probe_at is not null for update skip locked) known
  where b.only_row = known.only_row`;

const CLAIM_LOOK = `
with claimed as (
  update pantry_queue.breaker set asked_at = clock_timestamp()
  where next_probe_at is not null and asked_at <= clock_timestamp() - interval '${BREAKER.healthEveryMs} milliseconds'
  returning only_row
)
select next_probe_at is null or exists (select from claimed) as mine from pantry_queue.breaker`;

/** May this process ask the agent for its health? While the breaker is open one of all processes may, once a second. */
export async function claimLook(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ mine: boolean }>(CLAIM_LOOK);
  return row?.mine ?? false;
}

/** The agent has answered its health check. */
export async function noteHealthy(db: Queryable): Promise<void> {
  await db.query('update pantry_queue.breaker set answered_at = now() where next_probe_at is not null');
}

/** Has the agent tried at once. @returns false where nothing is to be tried, or the agent said when it may be asked */
export async function tryAgentNow(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ tried: boolean }>('select pantry_queue.try_agent_now() as tried');
  return row?.tried ?? false;
}

/** The breaker as a person sees it, with what waits for it in one tenant. */
export type OpenBreaker = {
  reason: BreakerReason;
  since: Date;
  note: string | null;
  in_flight: number;
  next_probe_at: Date;
  failed_probes: number;
  parked: number;
  examples: string[];
};

const READ = `
select c.reason, c.since, c.note, c.in_flight, b.next_probe_at, b.failed_probes, p.jobs as parked, p.examples
from pantry_queue.open_breaker c cross join pantry_queue.breaker b cross join lateral (
  select count(*)::int as jobs, coalesce((array_agg(job_id order by job_no))[1:3], '{}') as examples from (
    select job_no, pantry_queue.job_id_of(kind, subject, generation) as job_id from pantry_queue.jobs
    where phase = 'parked' and tenant_id = $1 and ($2::bigint = 0 or user_id = $2) limit 10000) j) p`;

/** @param userId 0 = everybody in the tenant; @returns undefined while the breaker is closed */
export async function readBreaker(db: Queryable, tenant: string, userId: number): Promise<OpenBreaker | undefined> {
  const [row] = await db.query<OpenBreaker>(READ, [tenant, userId]);
  return row;
}
