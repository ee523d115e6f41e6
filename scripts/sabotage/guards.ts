import { ACCESS_SABOTAGES } from './access.ts';
import { BATCH_SABOTAGES } from './batches.ts';
import { BILL_SABOTAGES } from './bill.ts';
import { BREAKER_SABOTAGES } from './breaker.ts';
import { BULK_SABOTAGES } from './bulks.ts';
import { DASHBOARD_SABOTAGES } from './dashboard.ts';
import { DATABASE_SABOTAGES } from './database.ts';
import { DOOR_SABOTAGES } from './doors.ts';
import { ENGINE_SABOTAGES } from './engines.ts';
import { EVENTS_SABOTAGES } from './events.ts';
import { FEED_SABOTAGES } from './feed.ts';
import { FIND_SABOTAGES } from './find.ts';
import { FIRST_HOUR_SABOTAGES } from './first-hour.ts';
import { FORMAT_SABOTAGES } from './formats.ts';
import { GATE_SABOTAGES } from './gate-guards.ts';
import { IDENTITY_SABOTAGES } from './identity.ts';
import { IMAGE_SABOTAGES } from './images.ts';
import { INIT_SABOTAGES } from './init.ts';
import { INSIGHT_SABOTAGES } from './insight.ts';
import { KIND_SABOTAGES } from './kinds.ts';
import { LATER_SABOTAGES } from './later.ts';
import { LIMIT_SABOTAGES } from './limits.ts';
import { MONEY_SABOTAGES } from './money.ts';
import { OUTSIDE_SABOTAGES } from './outside.ts';
import { PAGE_SABOTAGES } from './pages.ts';
import { PHOTO_SABOTAGES } from './photos.ts';
import { PRODUCTION_SABOTAGES } from './production.ts';
import { RATE_SABOTAGES } from './rates.ts';
import { READING_SABOTAGES } from './reading.ts';
import { REPLY_SABOTAGES } from './replies.ts';
import { REVIEW_SABOTAGES } from './reviews.ts';
import type { Sabotage } from './row.ts';
import { SCHEDULE_SABOTAGES } from './schedules.ts';
import { SECRETS_SABOTAGES } from './secrets.ts';
import { TELEMETRY_SABOTAGES } from './telemetry.ts';
import { TOOL_SABOTAGES } from './tools.ts';
import { WEBHOOK_SABOTAGES } from './webhooks.ts';
import { WORKER_SABOTAGES } from './workers.ts';

const attempts = 'src/ledger/attempts.ts';
const ends = 'src/ledger/ends.ts';
const replies = 'src/ledger/replies.ts';
const schema = 'src/ledger/schema/0001_ledger.sql';
const functions = 'src/ledger/functions';
const arrivals = `${functions}/arrivals.sql`;
const ofAttempts = ['test/ledger/attempts.test.ts'];

/** The guards that the promises stand on. */
export const SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the run number in every write of a result',
    promise: 'I3: a stale run changes nothing',
    file: 'src/ledger/job-key.ts',
    find: ' and j.run_no = $4',
    replace: ' and $4::int > 0',
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
    find: `check (not (superseded and status not in ('finished', 'failed', 'canceled')))`,
    replace: 'check (true)',
    tests: ['test/ledger/transitions.test.ts', 'test/queue/enqueue.test.ts'],
  },
  {
    guard: 'the look for a stored reply before any call',
    promise: 'I16: a reading is paid once',
    file: attempts,
    find: `    and not exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.refused is null)\n`,
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
    file: ends,
    find: `error.code === 'result_not_storable'`,
    replace: `error.code === 'receipt_deleted'`,
    tests: ['test/ledger/odd-replies.test.ts'],
    only: '\\[K5\\]',
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
    guard: 'no second call while one is in flight',
    promise: 'I16: a reading is paid once, through an engine that lost the attempt',
    file: attempts,
    find: `if (job.status === 'started') return { kind: 'wait', why: 'in_the_air' };`,
    replace: `if (job.status === 'started') return { kind: 'call', attempt: 2, tenant: '', userId: 1, params: {}, attemptsCharged: 0, lastError: null };`,
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
    find: '${OF_RUN} and j.attempt = $5 and',
    replace: '${OF_RUN} and $5 > 0 and',
    tests: ofAttempts,
  },
  {
    guard: 'a cancel wins over a failure that comes meanwhile',
    promise: 'I13: a cancel that was acknowledged holds',
    file: ends,
    find: `status = case when j.cancel_requested_at is null then $5 else 'canceled' end`,
    replace: 'status = $5',
    tests: ofAttempts,
  },
  {
    guard: 'what a person set',
    promise: 'W6: no later reading overwrites a person',
    file: 'src/jobs/ocr/save.sql',
    find: `case when p.set_by ? 'merchant_name' then`,
    replace: 'case when false then',
    tests: ofAttempts,
  },
  {
    guard: 'the table of states in the database',
    promise: 'terminal states are immutable',
    file: `${functions}/transitions.sql`,
    find: 'if not pantry_queue.transition_allowed(',
    replace: 'if false and not pantry_queue.transition_allowed(',
    tests: ['test/ledger/transitions.test.ts'],
  },
  {
    guard: 'counters follow every statement',
    promise: 'Q5: exact counts',
    file: `${functions}/counts.sql`,
    find: `create or replace trigger count_updated after update on pantry_queue.jobs`,
    replace: `create or replace trigger count_updated after update on pantry_queue.batches`,
    tests: ['test/dispatch/gate.test.ts'],
  },
  {
    guard: 'a new job is counted',
    promise: 'Q5: exact counts',
    file: arrivals,
    find: `  insert into pantry_queue.arrivals (tenant_id, user_id, status) values (new.tenant_id, new.user_id, new.status);\n`,
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
    guard: 'the owner of a receipt',
    promise: 'S1: another’s id answers like an unknown one',
    file: 'src/queue/caller.ts',
    find: "const userId = scopes.has('act_as') ? asked : user",
    replace: 'const userId = asked',
    tests: ['test/queue/enqueue.test.ts', 'test/queue/pipeline.test.ts'],
  },
  {
    guard: 'one key for every attempt of a generation',
    promise: 'an agent can tell a repeated call',
    file: 'activities/call-agent.ts',
    find: 'idempotencyKey = callKeyOf(run, deps.ledgerId);',
    replace: 'idempotencyKey = `${callKeyOf(run, deps.ledgerId)}:${Math.random()}`;',
    tests: ['test/workflows/healthy.test.ts'],
  },
  {
    guard: 'the look for a cancel before the call',
    promise: 'I13: after a cancel was acknowledged no call is made',
    file: attempts,
    find: `\${OF_RUN} and j.cancel_requested_at is null and j.in_engine and j.status <> 'started'`,
    replace: '${OF_RUN}',
    tests: ofAttempts,
  },
  {
    guard: 'no two requests for one receipt in a shared statement',
    promise: 'Q2: the second sees the job of the first',
    file: 'src/queue/coalesce-calls.ts',
    find: ' && !keys.has(key)',
    replace: '',
    tests: ['test/queue/coalesce-calls.test.ts', 'test/queue/enqueue.test.ts'],
  },
  {
    guard: 'no two tenants in a shared statement',
    promise: 'S3: a request runs as its own tenant',
    file: 'src/queue/coalesce-calls.ts',
    find: 'groupOf(entry.item) === of && ',
    replace: '',
    tests: ['test/queue/coalesce-calls.test.ts'],
  },
  {
    guard: 'plans by index from the first row on',
    promise: 'P5: what a call costs does not grow with the ledger',
    file: 'src/ledger/connection/session.ts',
    find: "  enable_seqscan: 'off',\n",
    replace: '',
    tests: ['test/ledger/scale.test.ts'],
  },
  ...BATCH_SABOTAGES,
  ...BILL_SABOTAGES,
  ...LATER_SABOTAGES,
  ...REVIEW_SABOTAGES,
  ...SCHEDULE_SABOTAGES,
  ...TELEMETRY_SABOTAGES,
  ...ACCESS_SABOTAGES,
  ...RATE_SABOTAGES,
  ...SECRETS_SABOTAGES,
  ...WEBHOOK_SABOTAGES,
  ...BREAKER_SABOTAGES,
  ...BULK_SABOTAGES,
  ...FIND_SABOTAGES,
  ...DASHBOARD_SABOTAGES,
  ...DATABASE_SABOTAGES,
  ...DOOR_SABOTAGES,
  ...FORMAT_SABOTAGES,
  ...IMAGE_SABOTAGES,
  ...PAGE_SABOTAGES,
  ...PHOTO_SABOTAGES,
  ...PRODUCTION_SABOTAGES,
  ...TOOL_SABOTAGES,
  ...FIRST_HOUR_SABOTAGES,
  ...INIT_SABOTAGES,
  ...FEED_SABOTAGES,
  ...EVENTS_SABOTAGES,
  ...GATE_SABOTAGES,
  ...IDENTITY_SABOTAGES,
  ...INSIGHT_SABOTAGES,
  ...LIMIT_SABOTAGES,
  ...MONEY_SABOTAGES,
  ...KIND_SABOTAGES,
  ...OUTSIDE_SABOTAGES,
  ...REPLY_SABOTAGES,
  ...ENGINE_SABOTAGES,
  ...READING_SABOTAGES,
  ...WORKER_SABOTAGES,
];
