import { PRIORITY_KEYS } from '../contract/job.ts';
import type { Db, Row } from './db.ts';
import {
  type EnqueueRequest,
  IN_ADMISSION,
  INSERT,
  lookedUp,
  NEXT_GENERATION,
  RECORDED,
  VERDICT,
  type Verdict,
} from './enqueue-rule.ts';
import { besideJob, type JobRow, jobColumns } from './job-row.ts';

/** What became of one request. */
export interface EnqueuedJob {
  readonly receiptId: number;
  readonly verdict: Verdict;
  /** The receipt's stored image; undefined when there is no such receipt, or it became a new job. */
  readonly imagePath: string | undefined;
  /** The job that answers for the receipt now; undefined when there is none. */
  readonly row: JobRow | undefined;
}

/** Requests as rows of (receipt_id, asked_image, tenant, only_user, priority, mode, ord); the last is their order. */
const INPUT = {
  /** Plain values: a list costs more to unpack than the rest of a look. */
  one: 'select $1::int as receipt_id, $2::text as asked_image, $3::text as tenant, $4::int as only_user, $5::smallint as priority, $6::text as mode, 1 as ord',
  many: `select * from unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::smallint[], $6::text[])
    with ordinality as i (receipt_id, asked_image, tenant, only_user, priority, mode, ord)`,
} as const;

/**
 * One statement decides, accepts and records: job, event and (by trigger) counters are one commit. Whoever is not
 * answered did not become a new job; why is a second look, which a healthy call does not pay for.
 */
const ACCEPT = (input: string) => `
with accepted as (
  ${INSERT}
  select i.tenant, i.receipt_id, ${NEXT_GENERATION}, r.user_id, r.image_path, i.priority, null, ${IN_ADMISSION}
  ${lookedUp(input)}
  where ${VERDICT} = 'new'
  order by i.ord
  -- Another caller may have inserted the same receipt since our look; the second look sees its job.
  on conflict do nothing
  returning *
), ${RECORDED}
select a.receipt_id, a.generation, a.user_id, a.priority, a.created_at, a.give_up_at, ${besideJob('a')} from accepted a
cross join pantry_queue.queue_state q`;

const JUDGE = (input: string) => `
select i.receipt_id as asked, ${VERDICT} as verdict, r.image_path as stored_image, latest.job_no is not null as has_job,
       ${jobColumns('latest')}
${lookedUp(input)}
cross join pantry_queue.queue_state q`;

const STATEMENTS = {
  one: { accept: ACCEPT(INPUT.one), judge: JUDGE(INPUT.one) },
  many: { accept: ACCEPT(INPUT.many), judge: JUDGE(INPUT.many) },
} as const;

/** Each look is overtaken only by a further generation of the same receipt. */
const MAX_LOOKS = 4;

/**
 * Accepts each receipt that may be accepted: what one is refused holds up no other.
 * @param requests no receipt twice
 * @returns one answer for each, in order
 */
export async function enqueueEach(db: Db, requests: readonly EnqueueRequest[]): Promise<EnqueuedJob[]> {
  const answers = new Map<number, EnqueuedJob>();
  const open = () => requests.filter(({ receiptId }) => !answers.has(receiptId));
  for (let looks = 1; looks <= MAX_LOOKS && answers.size < requests.length; looks++) {
    for (const row of await accept(db, open())) {
      answers.set(row.receipt_id, { receiptId: row.receipt_id, verdict: 'new', imagePath: undefined, row });
    }
    if (answers.size === requests.length) break;
    for (const answer of await judge(db, open())) {
      if (answer.verdict !== 'new') answers.set(answer.receiptId, answer);
    }
  }
  return requests.map(({ receiptId }) => {
    const answer = answers.get(receiptId);
    if (!answer) throw new Error(`receipt ${receiptId} was overtaken ${MAX_LOOKS} times`);
    return answer;
  });
}

/** What a job is that has just been accepted, beside what its own statement says. */
const JUST_ACCEPTED = {
  batch_id: null,
  status: 'queued',
  phase: 'admission',
  run_at: null,
  started_at: null,
  ended_at: null,
  expired_at: null,
  attempt: 0,
  attempts_charged: 0,
  next_attempt_at: null,
  error_code: null,
  error_message: null,
  result: null,
} as const satisfies Partial<JobRow>;

async function accept(db: Db, requests: readonly EnqueueRequest[]): Promise<JobRow[]> {
  const rows = await ask<Omit<JobRow, keyof typeof JUST_ACCEPTED | 'state_since'>>(db, 'accept', requests);
  return rows.map((row) => ({ ...JUST_ACCEPTED, ...row, state_since: row.created_at }));
}

async function judge(db: Db, requests: readonly EnqueueRequest[]): Promise<EnqueuedJob[]> {
  type Judged = JobRow & { asked: number; verdict: Verdict; stored_image: string | null; has_job: boolean };
  const rows = await ask<Judged>(db, 'judge', requests);
  return rows.map((row) => ({
    receiptId: row.asked,
    verdict: row.verdict,
    imagePath: row.stored_image ?? undefined,
    row: row.has_job && row.verdict !== 'receipt_not_found' ? row : undefined,
  }));
}

function ask<T extends Row>(db: Db, what: 'accept' | 'judge', requests: readonly EnqueueRequest[]): Promise<T[]> {
  const columns = [
    requests.map((request) => request.receiptId),
    requests.map((request) => request.imagePath ?? null),
    requests.map((request) => request.tenant),
    requests.map((request) => request.userId ?? null),
    requests.map((request) => PRIORITY_KEYS[request.priority]),
    requests.map((request) => request.mode),
  ];
  return requests.length === 1
    ? db.query<T>(
        STATEMENTS.one[what],
        columns.map(([value]) => value),
      )
    : db.query<T>(STATEMENTS.many[what], columns);
}
