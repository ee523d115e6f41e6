import type { BulkOperation } from '../../contract/bulk.ts';
import { isTerminal, type Phase, PRIORITY_KEYS, priorityOf, type Status } from '../../contract/job.ts';
import type { JobKinds, JobType } from '../../jobs/job-type.ts';
import type { Db } from '../db.ts';
import { enqueueUnseen } from '../enqueue/enqueue-each.ts';
import { recordEvent } from '../event.ts';
import { cancelMany } from '../jobs.ts';
import type { Outcome } from './bulks.ts';

/** A job of a bulk whose row is locked, as it is now. */
export type Member = {
  job_no: number;
  kind: string;
  subject: number;
  generation: number;
  status: Status;
  phase: Phase | null;
  attempt: number;
  superseded: boolean;
  orphaned: boolean;
  cleared: boolean;
};

/** What is done to the jobs of a bulk. */
export type BulkAction = {
  tenant_id: string;
  /** Who has confirmed it. */
  user_id: number;
  operation: BulkOperation;
  only_user: number | null;
  priority: number | null;
};

type Outcomes = ReadonlyMap<number, Outcome>;

interface Action {
  /** Why a job is left alone; undefined: it is acted on. */
  readonly skips: (job: Member) => string | undefined;
  readonly act: (db: Db, action: BulkAction, members: readonly Member[]) => Promise<Outcomes>;
}

/** What became of a failed job since. */
function changedSince(job: Member): string | undefined {
  if (job.orphaned) return 'deleted';
  return job.superseded ? 'retried' : undefined;
}

const failed = (job: Member) => changedSince(job) ?? (job.cleared ? 'cleared' : undefined);
const live = ({ status, phase }: Member) => (isTerminal(status) ? status : phase === 'canceling' ? phase : undefined);

/** SQL: clears failures, or takes that back; what a person did is an event of the job. */
const setCleared = (to: string, kind: 'cleared' | 'restored') => `
with changed as (
  update pantry_queue.jobs j set cleared_at = ${to} where j.job_no = any ($1::bigint[])
  returning j.*
), recorded as (
  ${recordEvent('changed', kind, { state: 'null' })}
)
select job_no from changed`;
const CLEAR = setCleared('now()', 'cleared');
const RESTORE = setCleared('null', 'restored');

const ACTIONS: Readonly<Record<BulkOperation, Action>> = {
  clear_failed_jobs: { skips: failed, act: (db, _, members) => all(db, CLEAR, members) },
  restore_failed_jobs: {
    skips: (job) => changedSince(job) ?? (job.cleared ? undefined : 'restored'),
    act: (db, _, members) => all(db, RESTORE, members),
  },
  redrive_failed_jobs: { skips: failed, act: (db, action, members) => ofEachKind(db, members, redrive(db, action)) },
  cancel_jobs: { skips: live, act: (db, action, members) => ofEachKind(db, members, cancel(db, action)) },
};

/** @returns why the bulk leaves this job alone; undefined: it does not */
export function skipReason(kinds: JobKinds, operation: BulkOperation, job: Member): string | undefined {
  return kinds.find(job.kind) ? ACTIONS[operation].skips(job) : 'kind_unknown';
}

/** Acts on jobs whose rows are locked. @returns what became of each */
export function act(db: Db, action: BulkAction, members: readonly Member[]): Promise<Outcomes> {
  return ACTIONS[action.operation].act(db, action, members);
}

async function all(db: Db, statement: string, members: readonly Member[]): Promise<Outcomes> {
  const rows = await db.query<{ job_no: number }>(statement, [members.map(({ job_no }) => job_no)]);
  return new Map(rows.map(({ job_no }) => [job_no, 'done']));
}

async function ofEachKind(
  db: Db,
  members: readonly Member[],
  work: (type: JobType, members: readonly Member[]) => Promise<[number, Outcome][]>,
): Promise<Outcomes> {
  const outcomes: [number, Outcome][] = [];
  for (const type of db.kinds.list) {
    const ofKind = members.filter(({ kind }) => kind === type.kind);
    if (ofKind.length > 0) outcomes.push(...(await work(type, ofKind)));
  }
  return new Map(outcomes);
}

/**
 * In one statement: a new generation marks the one before it by itself, and the counters would be written anew for each.
 */
const SUPERSEDE = `
update pantry_queue.jobs set superseded = $2 where job_no = any ($1::bigint[]) and superseded <> $2`;

/** By the rule of retry_job. What may not be retried is told by its code. */
const redrive =
  (db: Db, { tenant_id, only_user, priority }: BulkAction) =>
  async ({ kind }: JobType, members: readonly Member[]): Promise<[number, Outcome][]> => {
    await db.query(SUPERSEDE, [members.map(({ job_no }) => job_no), true]);
    const entries = await enqueueUnseen(
      db,
      kind,
      members.map(({ subject }) => ({
        subject,
        asked: undefined,
        tenant: tenant_id,
        userId: only_user ?? undefined,
        priority: priorityOf(priority ?? PRIORITY_KEYS.low),
        mode: 'retry',
      })),
    );
    const verdicts = members.map(({ job_no }, nth) => [job_no, entries[nth]] as const);
    const refused = verdicts.filter(([, verdict]) => verdict !== 'new' && verdict !== 'same');
    if (refused.length > 0) await db.query(SUPERSEDE, [refused.map(([job_no]) => job_no), false]);
    return verdicts.map(([job_no, verdict]) => [
      job_no,
      verdict === 'new' ? 'done' : `skipped/${verdict === 'same' ? 'retried' : verdict}`,
    ]);
  };

/** A cancel has prevented more or less, by how far the job had come. */
const cancel =
  (db: Db, { tenant_id: tenant, user_id: user }: BulkAction) =>
  async ({ kind }: JobType, members: readonly Member[]): Promise<[number, Outcome][]> => {
    await cancelMany(
      db,
      kind,
      { tenant, user },
      members.map(({ job_no }) => job_no),
    );
    return members.map(({ job_no, attempt, status }) => [
      job_no,
      attempt === 0 ? 'done/uncalled' : status === 'started' ? 'done/aborting' : 'done/called',
    ]);
  };
