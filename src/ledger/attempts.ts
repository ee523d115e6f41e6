import type { ErrorCode } from '../contract/errors.ts';
import type { JobKey, RunKey } from '../contract/job.ts';
import { WORKER_BEAT } from '../contract/policies.ts';
import { type Cap, isHeld } from './caps.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { isKnownKind, keyValues, OF_GENERATION, OF_RUN, RUN_KEY, type RunRow, runValues } from './job-key.ts';
import { ofKind } from './of-kind.ts';
import { carryReplyOver, findReplyHash } from './replies.ts';
import { subjectStands } from './same-subject.ts';

/** What an attempt may do when it begins. */
export type AttemptStart =
  | {
      readonly kind: 'call';
      readonly attempt: number;
      readonly tenant: string;
      readonly userId: number;
      /** What the job was made of, in its kind's words. */
      readonly params: unknown;
      readonly attemptsCharged: number;
      /** What the attempt before this one met; `once` errors are final the second time. */
      readonly lastError: ErrorCode | null;
    }
  /** The reply is there already: an earlier attempt or run has paid for it. */
  | { readonly kind: 'replied'; readonly sha256: string }
  | { readonly kind: 'not_current'; readonly reason: string }
  /** What it was made for is not there any more: the job is to end. */
  | { readonly kind: 'mismatch' }
  /** Not now: another attempt is still in flight. */
  | { readonly kind: 'wait'; readonly why: 'in_the_air' }
  /** Not now: the breaker is open. */
  | { readonly kind: 'wait'; readonly why: 'parked' }
  /** Not now: a cap of 0 lets nothing begin, as a pause or a budget that is used up. */
  | { readonly kind: 'wait'; readonly why: 'held'; readonly cap: Cap };

/**
 * An attempt is lost when its worker has not been seen, or when a worker that is alive no longer lists it. The 5 s
 * cover a list that was made just before the attempt began. After an outage of the ledger nobody is lost until all
 * could have been heard: their calls are in flight, and paid.
 */
const ATTEMPT_IS_LOST = `exists (
    select from pantry_queue.queue_state
    where steady_since < now() - interval '${WORKER_BEAT.steadyAfterMs} milliseconds')
  and not exists (
    select from pantry_queue.workers w where w.worker_id = j.worker_id
      and w.seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'
      and (pantry_queue.job_id_of(j.kind, j.subject, j.generation) = any (w.running)
           or j.attempt_started_at > w.seen_at - interval '${WORKER_BEAT.everyMs} milliseconds'))`;

const BEGIN = ofKind(
  (type) => `
with begun as (
  update pantry_queue.jobs j set
    status = 'started', phase = 'agent', attempt = j.attempt + 1, worker_id = $5, attempt_started_at = now(),
    started_at = coalesce(j.started_at, now()), next_attempt_at = null
  where ${OF_RUN} and j.cancel_requested_at is null and j.in_engine and j.status <> 'started'
    and not exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.refused is null)
    and not ${isHeld('j')}
    and ${subjectStands(type, 'j')}
  returning j.*
), recorded as (
  ${recordEvent('begun', 'attempt_started', { attempt: 'attempt', data: "jsonb_build_object('worker', $6::text)" })}
)
select attempt, tenant_id, user_id, params, attempts_charged, error_code from begun`,
);

type Begun = {
  attempt: number;
  tenant_id: string;
  user_id: number;
  params: unknown;
  attempts_charged: number;
  error_code: ErrorCode | null;
};

const WHY_NOT = ofKind(
  (type) => `
select j.status, j.phase, j.in_engine, j.run_no, p.sha256, pantry_queue.reached_cap(j.tenant_id, j.user_id, j.kind, 0) as cap,
       exists (select from pantry_queue.open_breaker where in_flight = 0) as parks,
       not ${subjectStands(type, 'j')} as mismatched,
       j.status = 'started' and j.phase = 'agent' and ${ATTEMPT_IS_LOST} as lost
from pantry_queue.jobs j left join pantry_queue.replies p on p.job_no = j.job_no and p.refused is null
where ${OF_GENERATION}`,
);

type State = {
  status: string;
  phase: string | null;
  in_engine: boolean;
  run_no: number;
  sha256: string | null;
  /** What lets nothing begin. */
  cap: Cap | null;
  /** It is the breaker that holds it. */
  parks: boolean;
  mismatched: boolean;
  lost: boolean;
};

/** A job that changes under our eyes more often than this is asked again by the next attempt. */
const MAX_LOOKS = 4;

/**
 * Begins an attempt of this run: the job becomes `started/agent`, with this worker, in the statement that checks that
 * it may. Nothing that was canceled, is not current, has its reply or is still being read elsewhere gets a call.
 */
export async function beginAttempt(db: Db, run: RunKey, worker: { id: string; name: string }): Promise<AttemptStart> {
  const type = db.kinds.of(run.kind);
  if (run.generation > 1) await carryReplyOver(db, run);
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const [begun] = await db.query<Begun>(BEGIN(type), [...runValues(run), worker.id, worker.name]);
    if (begun) return afterBegin(db, run, begun);
    const [job] = await db.query<State>(WHY_NOT(type), keyValues(run));
    const answer = whyNot(run, job);
    if (answer) return answer;
    if (job?.lost) await loseAttempts(db, run);
  }
  return { kind: 'wait', why: 'in_the_air' };
}

async function afterBegin(db: Db, run: RunKey, begun: Begun): Promise<AttemptStart> {
  // An earlier attempt, taken for lost, may have stored its reply while this one began: BEGIN's snapshot is older.
  const sha256 = begun.attempt > 1 || run.runNo > 1 ? await findReplyHash(db, run) : undefined;
  if (sha256 !== undefined) return { kind: 'replied', sha256 };
  return {
    kind: 'call',
    attempt: begun.attempt,
    tenant: begun.tenant_id,
    userId: begun.user_id,
    params: begun.params,
    attemptsCharged: begun.attempts_charged,
    lastError: begun.error_code,
  };
}

/** @returns undefined when another look may answer otherwise */
function whyNot(run: RunKey, job: State | undefined): AttemptStart | undefined {
  if (!job) return { kind: 'not_current', reason: 'the ledger has no such job' };
  if (job.run_no !== run.runNo) return { kind: 'not_current', reason: `run ${job.run_no} is current` };
  if (job.phase === 'canceling') return { kind: 'not_current', reason: 'the job is being canceled' };
  if (!job.in_engine) {
    return {
      kind: 'not_current',
      reason: `the job is ${job.phase === null ? job.status : `${job.status}/${job.phase}`}`,
    };
  }
  if (job.mismatched) return { kind: 'mismatch' };
  if (job.sha256 !== null) return { kind: 'replied', sha256: job.sha256 };
  if (job.lost) return undefined;
  if (job.status === 'started') return { kind: 'wait', why: 'in_the_air' };
  if (!job.cap) return undefined;
  return job.parks ? { kind: 'wait', why: 'parked' } : { kind: 'wait', why: 'held', cap: job.cap };
}

/**
 * A job or a worker's row that somebody has locked is left to the next sweep: nothing waits, and a worker whose beat
 * waits for that lock is alive.
 */
const LOSE = `
with suspects as materialized (
  select j.job_no, j.worker_id from pantry_queue.jobs j
  where j.in_engine and j.status = 'started' and j.phase = 'agent' and ${ATTEMPT_IS_LOST}
    and ($1::text is null or (j.kind = $1 and j.subject = $2 and j.generation = $3)) and ${isKnownKind('$4', 'j')}
  for update of j skip locked
), silent as materialized (
  select worker_id from pantry_queue.workers where worker_id in (select worker_id from suspects)
  order by worker_id for no key update skip locked
), lost as (
  update pantry_queue.jobs j set
    status = 'queued', phase = 'worker', attempts_lost = j.attempts_lost + 1, worker_id = null
  from suspects s where j.job_no = s.job_no
    and (s.worker_id in (select worker_id from silent)
         or not exists (select from pantry_queue.workers w where w.worker_id = s.worker_id))
  returning j.*
), recorded as (
  ${recordEvent('lost', 'attempt_lost', { attempt: 'attempt' })}
)
select ${RUN_KEY}, attempts_lost from lost`;

export type LostAttempt = RunRow & { attempts_lost: number };

/**
 * Hands back what dead workers held: no job stands as `started` without a worker that reads it.
 * @param only one job; undefined = all
 */
export function loseAttempts(db: Db, only?: JobKey): Promise<LostAttempt[]> {
  return db.query<LostAttempt>(LOSE, [...(only ? keyValues(only) : [null, null, null]), db.kinds.names]);
}

/** How an attempt ended without a usable reply, and what comes next; what is parked waits for the breaker. */
export type NextAttempt =
  | { readonly phase: 'backoff'; readonly delayMs: number }
  | { readonly phase: 'paused'; readonly delayMs: number }
  | { readonly phase: 'parked' };

const FAIL = `
with failed as (
  update pantry_queue.jobs j set
    attempts_charged = j.attempts_charged + case when $7::boolean then 1 else 0 end,
    error_code = $6, error_message = $8, error_cause = $11, worker_id = null,
    status = case when $9::text is null then j.status else 'deferred' end,
    phase = case when $9::text is null then j.phase else $9 end,
    -- What a person paused comes back when a person says so, and what is parked with the agent: no next attempt.
    next_attempt_at = case when $9::text is null or $9 = 'parked' or ($9 = 'paused' and $10 = 0) then null
                           else now() + make_interval(secs => $10 / 1000.0) end,
    -- Parked, it has left the engine.
    admitted_at = case when $9 = 'parked' then null else j.admitted_at end,
    handed_over_at = case when $9 = 'parked' then null else j.handed_over_at end,
    start_claimed_at = case when $9 = 'parked' then null else j.start_claimed_at end,
    engine_run_id = case when $9 = 'parked' then null else j.engine_run_id end
  where ${OF_RUN} and j.attempt = $5 and j.status = 'started' and j.phase = 'agent'
  returning j.*
), recorded as (
  ${recordEvent('failed', 'attempt_failed', {
    attempt: 'attempt',
    data: "jsonb_build_object('code', coalesce($11, $6::text), 'charged', $7::boolean)",
  })}
)
select from failed`;

/**
 * Records that an attempt failed. `cause` is what it met, where `code` says that no further attempt is made.
 * With `next`, the job waits for another one; without, the workflow ends it.
 * Changes nothing when the attempt is no longer the job's latest.
 */
export async function failAttempt(
  db: Db,
  run: RunKey,
  attempt: number,
  error: { code: ErrorCode; message: string; charged: boolean; cause?: ErrorCode | undefined },
  next: NextAttempt | undefined,
): Promise<void> {
  await db.query(FAIL, [
    ...runValues(run),
    attempt,
    error.code,
    error.charged,
    error.message,
    next?.phase ?? null,
    next && 'delayMs' in next ? next.delayMs : 0,
    error.cause ?? null,
  ]);
}

const DEFER = `
with deferred as (
  update pantry_queue.jobs j set
    status = 'deferred', phase = $5, next_attempt_at = now() + make_interval(secs => $6 / 1000.0)
  where ${OF_RUN} and j.in_engine and j.status <> 'started'
    -- A pause that is seen again is no news.
    and not (j.phase = 'paused' and $5 = 'paused' and $6 = 0)
  returning j.*
), recorded as (
  ${recordEvent('deferred', 'deferred')}
)
select from deferred`;

/** Lets a job that is with no agent wait, uncharged. */
export async function deferJob(db: Db, run: RunKey, end: Exclude<NextAttempt, { phase: 'parked' }>): Promise<void> {
  await db.query(DEFER, [...runValues(run), end.phase, end.delayMs]);
}
