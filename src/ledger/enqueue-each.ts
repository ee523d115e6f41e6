import { PRIORITY_KEYS } from '../contract/job.ts';
import { GIVE_UP_AFTER_S } from '../contract/policies.ts';
import { type Db, isUniqueViolation, type Row } from './db.ts';
import {
  ACCEPTED,
  type EnqueueRequest,
  IN_ADMISSION,
  INSERT,
  lookedUp,
  NEXT_GENERATION,
  RECORDED,
  VERDICT,
  type Verdict,
} from './enqueue-rule.ts';
import { countAhead, type JobRow, jobColumns, STATE_OF_QUEUE } from './job-row.ts';

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
 * @param among what many need beside one: their order, what happens to a receipt that another caller has inserted since
 *   our look, and who of them goes before whom
 */
const ACCEPT = (input: string, among = { order: '', overtaken: '', together: '' }) => `
with accepted as (
  ${INSERT}
  select i.tenant, i.receipt_id, ${NEXT_GENERATION}, r.user_id, r.image_path, i.priority, null, ${IN_ADMISSION}
  ${lookedUp(input)}
  where ${VERDICT} = 'new'
  ${among.order}
  ${among.overtaken}
  returning ${ACCEPTED}
), ${RECORDED}
select a.receipt_id, a.generation, a.user_id, a.priority, a.created_at, ${STATE_OF_QUEUE}, ${countAhead('a')}${among.together} as ahead
from accepted a cross join pantry_queue.queue_state q`;

const JUDGE = (input: string) => `
select i.receipt_id as asked, ${VERDICT} as verdict, r.image_path as stored_image, latest.job_no is not null as has_job,
       ${jobColumns('latest')}
${lookedUp(input)}
cross join pantry_queue.queue_state q`;

const STATEMENTS = {
  one: { accept: ACCEPT(INPUT.one), judge: JUDGE(INPUT.one) },
  many: {
    accept: ACCEPT(INPUT.many, {
      order: 'order by i.ord',
      overtaken: 'on conflict do nothing',
      together: `+ (
        select count(*)::int from accepted b
        where b.tenant_id = a.tenant_id and b.user_id = a.user_id and (b.priority, b.job_no) < (a.priority, a.job_no))`,
    }),
    judge: JUDGE(INPUT.many),
  },
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
  type Said = Omit<JobRow, keyof typeof JUST_ACCEPTED | 'state_since' | 'give_up_at' | 'now'>;
  try {
    const rows = await ask<Said>(db, 'accept', requests);
    // Assigned, not spread: to copy a wide object costs as much as a key read.
    return rows.map((row) => {
      const now = row.created_at;
      const give_up_at = new Date(now.getTime() + GIVE_UP_AFTER_S * 1_000);
      return Object.assign(row, JUST_ACCEPTED, { state_since: now, give_up_at, now });
    });
  } catch (error) {
    if (isUniqueViolation(error)) return [];
    throw error;
  }
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
