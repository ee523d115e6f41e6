import { DATABASE_SABOTAGES } from './database.ts';
import { DOOR_SABOTAGES } from './doors.ts';
import { IDENTITY_SABOTAGES } from './identity.ts';
import type { Sabotage } from './row.ts';

const attempts = 'src/ledger/attempts.ts';
const results = 'src/ledger/results.ts';
const replies = 'src/ledger/replies.ts';
const schema = 'src/ledger/migrations/0001_ledger.sql';
/** The latest migration that replaces `arrive` and `count_jobs`. */
const arrivals = 'src/ledger/migrations/0006_receipt_identity.sql';
const ofAttempts = ['test/ledger/attempts.test.ts'];

/** The guards that the promises stand on. */
export const SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the confidence of a reading in doubt',
    promise: 'I17: nothing in doubt looks right',
    file: 'src/ocr/fields/confidence.ts',
    find: 'isDoubtful ? Math.min(confidence, IN_DOUBT) : confidence',
    replace: 'isDoubtful ? confidence : confidence',
    tests: ['test/ocr/fields/sums.test.ts'],
  },
  {
    guard: 'digits beside an amount that were not understood',
    promise: 'I17: the tail of a number is never the number',
    file: 'src/ocr/fields/numbers.ts',
    find: 'partial: isPartOfNumber(match[0], before, after)',
    replace: 'partial: false && isPartOfNumber(match[0], before, after)',
    tests: ['test/ocr/fields/amounts.test.ts'],
  },
  {
    guard: 'the printed currency before the country',
    promise: 'I17: a printed code is never overruled',
    file: 'src/ocr/fields/currency.ts',
    find: 'if (first !== undefined) {',
    replace: 'if (first !== undefined && first.line < 0) {',
    tests: ['test/ocr/fields/currencies.test.ts'],
  },
  {
    guard: 'the run number in every write of a result',
    promise: 'I3: a stale run changes nothing',
    file: results,
    find: ' and j.run_no = $3',
    replace: ' and $3::int > 0',
    everywhere: true,
    tests: ofAttempts,
  },
  {
    guard: 'the run number when an attempt begins',
    promise: 'I2, I3: only the current run calls the agent',
    file: attempts,
    find: 'if (job.run_no !== run.runNo)',
    replace: 'if (job.run_no < 0)',
    tests: ofAttempts,
  },
  {
    guard: 'one live generation a receipt',
    promise: 'Q2: asking again gives the same job',
    file: schema,
    find: `create unique index jobs_live on pantry_queue.jobs (receipt_id)`,
    replace: `create index jobs_live on pantry_queue.jobs (receipt_id)`,
    tests: ['test/ledger/transitions.test.ts', 'test/queue/enqueue.test.ts'],
  },
  {
    guard: 'the look for a stored reply before any call',
    promise: 'I16: a reading is paid once',
    file: attempts,
    find: `    and not exists (
      select from pantry_queue.replies p where p.receipt_id = $1 and p.generation = $2 and p.refused is null)\n`,
    replace: '',
    tests: [...ofAttempts, 'test/ledger/replies.test.ts'],
  },
  {
    guard: 'the first reply stays',
    promise: 'I3: one committed result a generation',
    file: replies,
    find: 'refused = null\n    where p.refused is not null',
    replace: 'refused = null',
    tests: ofAttempts,
  },
  {
    guard: 'a second look for a reply when an earlier attempt may have one',
    promise: 'I16: a reply that is stored while the next attempt begins is not paid again',
    file: attempts,
    find: 'begun.attempt > 1 || run.runNo > 1 ?',
    replace: 'begun.attempt < 0 ?',
    tests: ['test/ledger/replies.test.ts'],
  },
  {
    guard: 'a save that is refused for good ends its job',
    promise: 'I5: no poisoned job holds a slot longer than its attempts',
    file: results,
    find: `error.code === 'result_not_storable'`,
    replace: `error.code === 'receipt_deleted'`,
    tests: ['test/ledger/odd-replies.test.ts'],
  },
  {
    guard: 'a retry takes the reply that was paid for',
    promise: 'Q23: a reading is paid once',
    file: attempts,
    find: 'if (run.generation > 1) await carryReplyOver(db, run);',
    replace: '',
    tests: ['test/ledger/replies.test.ts'],
  },
  {
    guard: 'no second call while one is in the air',
    promise: 'I16: a reading is paid once, through an engine that lost the attempt',
    file: attempts,
    find: `if (job.status === 'started') return { kind: 'wait', why: 'in_the_air' };`,
    replace: `if (job.status === 'started') return { kind: 'call', attempt: 2, tenant: '', userId: 1, imagePath: '', attemptsCharged: 0, lastError: null };`,
    tests: ofAttempts,
  },
  {
    guard: 'a worker that lives and lists its job has not lost it',
    promise: 'I10: a fault elsewhere costs no job its attempt',
    file: attempts,
    find: 'where w.worker_id = j.worker_id',
    replace: 'where false and w.worker_id = j.worker_id',
    tests: ofAttempts,
  },
  {
    guard: 'nobody is lost until it could be heard after an outage',
    promise: 'I16: paid calls = jobs through database kills',
    file: attempts,
    find: 'where steady_since < now() -',
    replace: 'where true or steady_since < now() -',
    tests: ofAttempts,
  },
  {
    guard: 'the attempt number when an attempt fails',
    promise: 'I3: a zombie changes nothing',
    file: attempts,
    find: `where j.receipt_id = $1 and j.generation = $2 and j.run_no = $3 and j.attempt = $4
    and j.status = 'started' and j.phase = 'agent'
  returning j.*
), recorded as (
  insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, run_no, attempt, data)
  select tenant_id, receipt_id, generation, 'attempt_failed'`,
    replace: `where j.receipt_id = $1 and j.generation = $2 and j.run_no = $3 and $4 > 0
    and j.status = 'started' and j.phase = 'agent'
  returning j.*
), recorded as (
  insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, run_no, attempt, data)
  select tenant_id, receipt_id, generation, 'attempt_failed'`,
    tests: ofAttempts,
  },
  {
    guard: 'a cancel wins over a failure that comes meanwhile',
    promise: 'I13: a cancel that was acknowledged holds',
    file: results,
    find: `status = case when j.cancel_requested_at is null then $4 else 'canceled' end`,
    replace: 'status = $4',
    tests: ofAttempts,
  },
  {
    guard: 'what a person set',
    promise: 'W6: no later reading overwrites a person',
    file: results,
    find: `case when p.set_by #>> '{merchant_name,by}' = 'person' then`,
    replace: 'case when false then',
    tests: ofAttempts,
  },
  {
    guard: 'the table of states in the database',
    promise: 'terminal states are immutable',
    file: schema,
    find: 'if not pantry_queue.transition_allowed(',
    replace: 'if false and not pantry_queue.transition_allowed(',
    tests: ['test/ledger/transitions.test.ts'],
  },
  {
    guard: 'counters follow every statement',
    promise: 'Q5: exact counts',
    file: schema,
    find: `create trigger count_updated after update on pantry_queue.jobs`,
    replace: `create trigger count_updated after update on pantry_queue.batches`,
    tests: ['test/dispatch/gate.test.ts'],
  },
  {
    guard: 'a new job is counted',
    promise: 'Q5: exact counts',
    file: arrivals,
    find: `  insert into pantry_queue.arrivals (tenant_id, user_id, status, receipt_id, job_no)
  values (new.tenant_id, new.user_id, new.status, new.receipt_id, new.job_no);\n`,
    replace: '',
    tests: ['test/ledger/arrivals.test.ts'],
  },
  {
    guard: 'a job begins at a beginning',
    promise: 'the table of states holds for an insert by hand',
    file: arrivals,
    find: 'if first_state not in',
    replace: 'if false and first_state not in',
    tests: ['test/ledger/transitions.test.ts'],
  },
  {
    guard: 'a claimed start is left to its gate for a while',
    promise: 'any number of gates start nothing twice',
    file: 'src/ledger/gate.ts',
    find: "start_claimed_at < now() - interval '${GATE.orphanedStartMs} milliseconds'",
    replace: 'start_claimed_at < now()',
    tests: ['test/dispatch/gate.test.ts'],
  },
  {
    guard: 'owners in turn',
    promise: 'one owner’s flood does not hold up another',
    file: 'src/ledger/gate.ts',
    find: 'from candidates order by nth, turn limit',
    replace: 'from candidates order by turn, nth limit',
    tests: ['test/dispatch/gate.test.ts'],
  },
  {
    guard: 'a paused queue admits nothing',
    promise: 'Q24: what waits waits',
    file: 'src/ledger/gate.ts',
    find: 'from pantry_queue.queue_state where paused_at is null',
    replace: 'from pantry_queue.queue_state',
    tests: ['test/dispatch/gate.test.ts'],
  },
  {
    guard: 'the owner of a receipt',
    promise: 'S1: another’s id answers like an unknown one',
    file: 'src/queue/access.ts',
    find: '  return principal.user;\n',
    replace: '  return asked;\n',
    tests: ['test/queue/enqueue.test.ts'],
  },
  {
    guard: 'one key for every attempt of a generation',
    promise: 'an agent can tell a repeated call',
    file: 'activities/call-agent.ts',
    find: 'idempotencyKey: `${jobId}:${args.generation}`',
    replace: 'idempotencyKey: `${jobId}:${Math.random()}`',
    tests: ['test/workflows/healthy.test.ts'],
  },
  {
    guard: 'the look for a cancel before the call',
    promise: 'I13: after a cancel was acknowledged no call is made',
    file: attempts,
    find: ` and j.cancel_requested_at is null
    and ((j.status = 'queued' and j.phase = 'worker') or (j.status = 'deferred' and j.phase <> 'dependency'))`,
    replace: '',
    tests: ofAttempts,
  },
  {
    guard: 'no two requests for one receipt in a shared statement',
    promise: 'Q2: the second sees the job of the first',
    file: 'src/queue/share-calls.ts',
    find: ' && !keys.has(key)',
    replace: '',
    tests: ['test/queue/share-calls.test.ts', 'test/queue/enqueue.test.ts'],
  },
  {
    guard: 'plans by index from the first row on',
    promise: 'P5: what a call costs does not grow with the ledger',
    file: 'src/ledger/session.ts',
    find: "  enable_seqscan: 'off',\n",
    replace: '',
    tests: ['test/ledger/scale.test.ts'],
  },
  ...DATABASE_SABOTAGES,
  ...DOOR_SABOTAGES,
  ...IDENTITY_SABOTAGES,
];
