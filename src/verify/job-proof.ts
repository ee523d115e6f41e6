import { type AskedJob, callKeyOf, generationIdOf } from '../contract/job.ts';
import type { Db } from '../ledger/db.ts';
import { ofKind } from '../ledger/of-kind.ts';

/** What the ledger can show for one generation: that it was accepted, what ran, what was paid, what was kept. */
export interface JobProof {
  readonly job_id: string;
  readonly state: string;
  /** The commit that accepted it; `event` is its first event as `<transaction>:<id>`. */
  readonly ack: { readonly at: string; readonly event: string | null };
  readonly ended_at: string | null;
  /** How often it was started in Temporal, and how often the agent was called. */
  readonly runs: number;
  readonly attempts: number;
  readonly attempts_charged: number;
  readonly attempts_lost: number;
  /** What every call of the agent carried. */
  readonly idempotency_key: string;
  readonly reply_hash: string | null;
  readonly result_hash: string | null;
  /** The hash that the subject shows (of `ocr`, the receipt), where it shows this generation. */
  readonly receipt_hash: string | null;
  readonly events: readonly {
    readonly at: string;
    readonly kind: string;
    readonly state: string | null;
    readonly run: number | null;
    readonly attempt: number | null;
  }[];
}

const PROOF = ofKind(
  ({ sql }) => `
select j.kind, j.subject, j.generation, pantry_queue.state_of(j.status, j.phase) as state, j.created_at, j.ended_at, j.run_no,
  j.attempt, j.attempts_charged, j.attempts_lost, j.result_hash, p.sha256 as reply_hash,
  ${sql.shown ?? 'null'} as receipt_hash, l.ledger_id,
  (select e.xid || ':' || e.id from pantry_queue.events e
   where e.job_no = j.job_no order by e.id limit 1) as first_event,
  (select coalesce(jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'state', e.state, 'run', e.run_no,
                                                'attempt', e.attempt) order by e.id), '[]')
   from (select * from pantry_queue.events e where e.job_no = j.job_no
         order by e.id limit 1000) e) as events
from pantry_queue.jobs j
cross join pantry_queue.ledger l
left join pantry_queue.replies p using (job_no)
where j.kind = $1 and j.subject = $2 and ($3::int is null or j.generation = $3)
order by j.generation limit 1000`,
);

type ProofRow = {
  kind: string;
  subject: number;
  generation: number;
  state: string;
  created_at: Date;
  ended_at: Date | null;
  run_no: number;
  attempt: number;
  attempts_charged: number;
  attempts_lost: number;
  result_hash: string | null;
  reply_hash: string | null;
  receipt_hash: string | null;
  ledger_id: string;
  first_event: string | null;
  events: JobProof['events'];
};

/** @returns one proof a generation, oldest first; empty when there is no such job */
export async function proveJob(db: Db, { kind, subject, generation }: AskedJob): Promise<JobProof[]> {
  const type = db.kinds.find(kind);
  if (!type) return [];
  const rows = await db.query<ProofRow>(PROOF(type), [kind, subject, generation ?? null]);
  return rows.map((row) => ({
    job_id: generationIdOf(row),
    state: row.state,
    ack: { at: row.created_at.toISOString(), event: row.first_event },
    ended_at: row.ended_at?.toISOString() ?? null,
    runs: row.run_no,
    attempts: row.attempt,
    attempts_charged: row.attempts_charged,
    attempts_lost: row.attempts_lost,
    idempotency_key: callKeyOf(row, row.ledger_id),
    reply_hash: row.reply_hash,
    result_hash: row.result_hash,
    receipt_hash: row.receipt_hash,
    events: row.events,
  }));
}
