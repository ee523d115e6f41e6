import { PRIORITY_KEYS } from '../../contract/job.ts';
import { GIVE_UP_AFTER_S } from '../../contract/policies.ts';
import type { JobType } from '../../jobs/job-type.ts';
import type { Row } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { newWaitFacts, type WaitFacts } from '../insight/wait-facts.ts';
import { type JobRow, jobColumns } from '../job-row.ts';
import { ofKind } from '../of-kind.ts';
import { acceptTraced } from '../traces.ts';
import {
  type EnqueueRequest,
  type Looked,
  laterParams,
  laterValues,
  lookedUp,
  type RefusingLimit,
  VERDICT,
  type Verdict,
} from './enqueue-rule.ts';
import { afterMending, isDecided, mendLooked } from './mend-looked.ts';

/** What became of one request. */
export interface EnqueuedJob {
  readonly subject: number;
  readonly verdict: Verdict;
  /** What a job of it would be made of; undefined when there is no such subject, or it became a new job. */
  readonly params: unknown;
  /** The job that answers for the subject now; undefined when there is none. */
  readonly row: JobRow | undefined;
  /** The limit that refuses it, of `queue_full` and `rate_limited`. */
  readonly refusing?: RefusingLimit | undefined;
}

/**
 * Accepted by the database's own function: job, event and count are one commit. A receipt that is not answered did not become
 * a new job; why is a second look, which a healthy call does not pay for. It answers with one document a job: each
 * column costs the driver as much as a step of the plan.
 */
const ACCEPT = (call: string) =>
  `select json_build_object(
  'subject', j.subject, 'generation', j.generation, 'user_id', j.user_id, 'priority', j.priority,
  'created_at', j.created_at, 'wait', ${newWaitFacts('j')}) as job
from ${call} j`
    // The server copies and measures the text of a prepared statement at every call.
    .replace(/\s+/g, ' ');

/** The same for callers who ask for no more than which were accepted. */
const ACCEPT_ONLY = ofKind((type) => `select j.subject from ${CALL.many(type)} j`);

const EXPLAIN = (type: JobType, input: string) => `
select i.subject as asked_for, judged.verdict, r.params as stored, latest.job_no is not null as has_job,
       case when judged.verdict = 'new' then pantry_queue.refusing_limit(r.tenant_id, r.user_id, '${type.kind}', 1, 1) end as refusing,
       ${jobColumns('latest')}
from ${input} ${lookedUp(type)}
cross join lateral (select ${VERDICT} as verdict) judged`;

const CALL = {
  one: ({ kind }: JobType) => `pantry_queue.accept_${kind}($1, $2, $3, $4, $5, $6)`,
  later: ({ kind }: JobType) => `pantry_queue.accept_${kind}($1, $2, $3, $4, $5, $6, ${laterParams(7)})`,
  many: ({ kind }: JobType) => `pantry_queue.accept_${kind}_each($1, $2, $3, $4, $5, $6)`,
};
const TRACE_OF_ONE = (nth: number) => `(select $1::bigint as subject, $${nth}::text as traceparent) t`;
const TRACE_OF_EACH = 'unnest($1::bigint[], $7::text[]) t (subject, traceparent)';

/** The parameters are those of `valuesOf`; of many, a list of each. `traced` has the trace as one more. */
const STATEMENTS = {
  one: {
    accept: ofKind((type) => ACCEPT(CALL.one(type))),
    traced: ofKind((type) => `${acceptTraced(CALL.one(type), TRACE_OF_ONE(7))} ${ACCEPT('accepted')}`),
    explain: ofKind((type) =>
      EXPLAIN(
        type,
        `(select $1::bigint as subject, $2::jsonb as asked, $3::text as tenant, $4::bigint as only_user,
      $6::text as mode, $5::smallint as priority) i`,
      ),
    ),
  },
  /** It has what only its row says: it is read once more. */
  later: {
    accept: ofKind((type) => `select subject from ${CALL.later(type)}`),
    traced: ofKind((type) => `${acceptTraced(CALL.later(type), TRACE_OF_ONE(11))} select subject from accepted`),
  },
  many: {
    accept: ofKind((type) => ACCEPT(CALL.many(type))),
    traced: ofKind((type) => `${acceptTraced(CALL.many(type), TRACE_OF_EACH)} ${ACCEPT('accepted')}`),
    explain: ofKind((type) =>
      EXPLAIN(
        type,
        `unnest($1::bigint[], $2::jsonb[], $3::text[], $4::bigint[], $5::smallint[], $6::text[])
      as i (subject, asked, tenant, only_user, priority, mode)`,
      ),
    ),
  },
} as const;

/** Each look is overtaken only by a further generation of the same subject. */
const MAX_LOOKS = 4;

/**
 * Accepts each subject that may be accepted: what one is refused holds up no other.
 * @param requests of one kind, no subject twice; one that starts later comes alone
 * @returns one answer for each, in order
 */
export async function enqueueEach(db: Db, kind: string, requests: readonly EnqueueRequest[]): Promise<EnqueuedJob[]> {
  return decided(db, kind, requests, accept);
}

/**
 * The same where nobody asks how the new jobs stand: a position costs up to a thousand rows for each of them.
 * @returns what became of each request, in order
 */
export async function enqueueUnseen(db: Db, kind: string, requests: readonly EnqueueRequest[]): Promise<Verdict[]> {
  const answers = await decided(db, kind, requests, async (_, type, open) =>
    db.query<{ subject: number }>(ACCEPT_ONLY(type), listsOf(open)),
  );
  return answers.map(({ verdict }) => verdict);
}

type Accept = (db: Db, type: JobType, requests: readonly EnqueueRequest[]) => Promise<({ subject: number } | JobRow)[]>;

async function decided(
  db: Db,
  kind: string,
  requests: readonly EnqueueRequest[],
  accept: Accept,
): Promise<EnqueuedJob[]> {
  const type = db.kinds.of(kind);
  const answers = new Map<number, EnqueuedJob>();
  let open = requests;
  for (let looks = 1; looks <= MAX_LOOKS && open.length > 0; looks++) {
    for (const row of await accept(db, type, open)) {
      answers.set(row.subject, {
        subject: row.subject,
        verdict: 'new',
        params: undefined,
        row: 'kind' in row ? row : undefined,
      });
    }
    open = open.filter(({ subject }) => !answers.has(subject));
    if (open.length === 0) break;
    const explained = await explainRefusals(db, type, open);
    for (const { verdict: seen, ...answer } of explained) {
      const verdict = afterMending(seen, looks);
      if (isDecided(verdict) && verdict !== 'new') answers.set(answer.subject, { ...answer, verdict });
    }
    await mendLooked(db, type, explained);
    open = open.filter(({ subject }) => !answers.has(subject));
  }
  return requests.map(({ subject }) => {
    const answer = answers.get(subject);
    if (!answer) throw new Error(`${type.words.subject(subject)} was overtaken ${MAX_LOOKS} times`);
    return answer;
  });
}

/** What an accepting statement says of a job; the rest is how every job begins. */
type Accepted = Pick<JobRow, 'subject' | 'generation' | 'user_id' | 'priority'> & {
  created_at: string;
  wait: WaitFacts & { ahead: number };
};

async function accept(db: Db, type: JobType, requests: readonly EnqueueRequest[]): Promise<JobRow[]> {
  const [first] = requests;
  if (first?.later) return acceptLater(db, type, first);
  const what = requests.some(({ traceparent }) => traceparent !== undefined) ? 'traced' : 'accept';
  const rows = await ask<{ job: Accepted }>(db, type, what, requests);
  const jobs = rows.map(({ job }) => job);
  if (jobs.length > 1) countCompanions(jobs, requests);
  return jobs.map((job) => justAccepted(type.kind, job));
}

async function acceptLater(db: Db, type: JobType, request: EnqueueRequest): Promise<JobRow[]> {
  const { traceparent } = request;
  const values = [...valuesOf(request), ...laterValues(request.later)];
  const accepted = await (traceparent === undefined
    ? db.query(STATEMENTS.later.accept(type), values)
    : db.query(STATEMENTS.later.traced(type), [...values, traceparent]));
  if (accepted.length === 0) return [];
  return (await explainRefusals(db, type, [request])).flatMap(({ row }) => row ?? []);
}

/** One literal: an object that is spread, or added to, gets a shape of its own each time, which costs 10 kB and 15 µs. */
function justAccepted(kind: string, job: Accepted): JobRow {
  const now = new Date(job.created_at);
  return {
    kind,
    subject: job.subject,
    generation: job.generation,
    user_id: job.user_id,
    batch_id: null,
    priority: job.priority,
    status: 'queued',
    phase: 'admission',
    state_since: now,
    created_at: now,
    run_at: null,
    give_up_at: new Date(now.getTime() + GIVE_UP_AFTER_S * 1_000),
    started_at: null,
    ended_at: null,
    expired_at: null,
    superseded: false,
    subject_gone: false,
    attempt: 0,
    attempts_charged: 0,
    next_attempt_at: null,
    error_code: null,
    error_message: null,
    result: null,
    wait: job.wait,
    now,
  };
}

/**
 * A statement does not see the rows that it inserts, so who of them goes before whom is counted here.
 * @param jobs in the order in which they were inserted
 */
function countCompanions(jobs: readonly Accepted[], requests: readonly EnqueueRequest[]): void {
  const tenants = new Map(requests.map(({ subject, tenant }) => [subject, tenant]));
  const before = new Map<string, number>();
  for (const job of [...jobs].sort((a, b) => a.priority - b.priority)) {
    const owner = `${tenants.get(job.subject)} ${job.user_id}`;
    const companions = before.get(owner) ?? 0;
    job.wait.ahead += companions;
    before.set(owner, companions + 1);
  }
}

async function explainRefusals(
  db: Db,
  type: JobType,
  requests: readonly EnqueueRequest[],
): Promise<(Omit<EnqueuedJob, 'verdict'> & { verdict: Looked })[]> {
  type Explained = JobRow & {
    asked_for: number;
    verdict: Looked;
    stored: unknown;
    has_job: boolean;
    refusing: RefusingLimit | null;
  };
  const rows = await ask<Explained>(db, type, 'explain', requests);
  return rows.map((row) => ({
    subject: row.asked_for,
    verdict: row.refusing?.code ?? row.verdict,
    refusing: row.refusing ?? undefined,
    params: row.stored ?? undefined,
    row: row.has_job && row.verdict !== 'not_found' ? row : undefined,
  }));
}

const valuesOf = (request: EnqueueRequest): readonly unknown[] => [
  request.subject,
  request.asked ?? null,
  request.tenant,
  request.userId ?? null,
  PRIORITY_KEYS[request.priority],
  request.mode,
];

function ask<T extends Row>(
  db: Db,
  type: JobType,
  what: 'accept' | 'traced' | 'explain',
  requests: readonly EnqueueRequest[],
): Promise<T[]> {
  const [first] = requests;
  const of = what === 'traced' ? tracedValuesOf : valuesOf;
  return first !== undefined && requests.length === 1
    ? db.query<T>(STATEMENTS.one[what](type), of(first))
    : db.query<T>(STATEMENTS.many[what](type), listsOf(requests, of));
}

const tracedValuesOf = (request: EnqueueRequest) => [...valuesOf(request), request.traceparent ?? null];

/** A list of each parameter. */
function listsOf(requests: readonly EnqueueRequest[], of = valuesOf): unknown[][] {
  const [first = [], ...others] = requests.map(of);
  return first.map((value, column) => [value, ...others.map((values) => values[column])]);
}
