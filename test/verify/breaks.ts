import type { CheckName } from '../../src/verify/checks.ts';
import type { createJobs } from './jobs.ts';

/** More than one generation of a subject. */
export const LIVE_AT_ONCE = 'alter table pantry_queue.jobs drop constraint if exists one_live_generation';

/** A bulk of one job, on which nobody has acted yet. */
const BULK = `with made as (
    insert into pantry_queue.bulks (bulk_id, tenant_id, user_id, operation, filter, total)
    values ('bulk-' || $1::int, 'default', 1, 'clear_failed_jobs', '{}', 1) returning bulk_no)
  insert into pantry_queue.bulk_jobs (bulk_no, tenant_id, job_no)
  select bulk_no, 'default', job_no from made, pantry_queue.jobs where subject = $1`;

/** One way to break what a check guards: the job it begins with, and the statements that break it (`$1` the receipt). */
export type Break = [check: CheckName, from: keyof ReturnType<typeof createJobs>, ...sql: string[]];

const job = (changes: string) => `update pantry_queue.jobs set ${changes} where subject = $1`;
const again = (generation: number, status: string) =>
  `insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, phase, give_up_at)
   select kind, subject, ${generation}, user_id, params, ${status}, now() + interval '1 day'
   from pantry_queue.jobs where subject = $1 limit 1`;
const event = (kind: string, state: string) =>
  `insert into pantry_queue.events (job_no, user_id, kind, state)
   select job_no, user_id, '${kind}', '${state}' from pantry_queue.jobs where subject = $1`;
const OF_RECEIPT = 'job_no in (select job_no from pantry_queue.jobs where subject = $1)';
const old = `now() - interval '10 minutes'`;
const OPEN_AT = `update pantry_queue.breaker set next_probe_at = now() where $1 > 0`;
const breakerCap = (reason: string, inFlight: number) =>
  `insert into pantry_queue.caps (tenant_id, in_flight, reason) select null, ${inFlight}, '${reason}' where $1 > 0`;
const cap = (reason: string, columns: Readonly<Record<string, string>>) =>
  `insert into pantry_queue.caps (tenant_id, user_id, reason, ${Object.keys(columns).join(', ')})
   values ('default', $1, '${reason}', ${Object.values(columns).join(', ')})`;
/** A webhook that is told of everything; to be ended with when it wakes. */
const WEBHOOK = `insert into pantry_queue.webhooks
    (webhook_id, tenant_id, user_id, url, events, secret, since_epoch, since_xid, created_by, wake_at)
  values ('webhook-' || $1::int, 'default', 0, 'https://hooks.example/', '{job.finished}', '', 1, '0', 1,`;

/** A message of a webhook that wakes in time. */
const delivery = (triedFor: string, webhookNo: string) => `with made as (${WEBHOOK} now()) returning webhook_no)
  insert into pantry_queue.deliveries (webhook_no, tenant_id, message_id, type, body, give_up_at)
  select ${webhookNo}, 'default', 'message', 'job.failed', '{}', now() + ${triedFor} from made`;
const inReview = (reasons: string, review = 'open') => `update pantry_queue.receipt_state
  set review = '${review}', review_since = now(), review_user = 1, review_reasons = '${reasons}',
    review_ended = case when '${review}' <> 'open' then '{"by": "person"}'::jsonb end
  where receipt_id = $1`;

export const BREAKS: readonly Break[] = [
  ['history_missing', 'finished', `delete from pantry_queue.events where ${OF_RECEIPT}`],
  ['history_start', 'finished', `delete from pantry_queue.events where ${OF_RECEIPT} and kind = 'enqueued'`],
  ['history_step', 'finished', `delete from pantry_queue.events where ${OF_RECEIPT} and kind = 'admitted'`],
  [
    'history_kind',
    'finished',
    `update pantry_queue.events set kind = 'done' where ${OF_RECEIPT} and kind = 'admitted'`,
  ],
  ['history_state', 'waiting', event('admitted', 'queued/worker')],
  ['end_event_missing', 'finished', `delete from pantry_queue.events where ${OF_RECEIPT} and kind = 'finished'`],
  ['end_event_doubled', 'finished', event('finished', 'finished')],
  ['end_time', 'finished', job('ended_at = null')],
  ['attempts', 'finished', job('attempt = 2')],
  ['error_missing', 'failed', job('error_code = null')],
  ['generation_gap', 'finished', again(3, `'queued', 'admission'`)],
  ['live_twice', 'waiting', LIVE_AT_ONCE, again(2, `'queued', 'admission'`)],
  ['live_overtaken', 'waiting', LIVE_AT_ONCE, again(2, `'queued', 'admission'`)],
  ['reply_missing', 'finished', `delete from pantry_queue.replies where ${OF_RECEIPT}`],
  ['reply_hash', 'replied', `update pantry_queue.replies set raw = raw || '\\x20' where ${OF_RECEIPT}`],
  ['result_hash', 'finished', job(`result_hash = 'another'`)],
  ['result_early', 'replied', job(`result_hash = 'early'`)],
  ['receipt_result', 'finished', `update pantry_queue.receipt_state set result_hash = 'older' where receipt_id = $1`],
  [
    'facts_stale',
    'finished',
    `update pantry_queue.receipt_facts set total_amount = coalesce(total_amount, 0) + 1 where receipt_id = $1`,
  ],
  ['receipt_status', 'finished', `update public.receipts set ocr_status = 'processing' where id = $1`],
  ['superseded', 'finished', job('superseded = true')],
  [
    'subject_changed',
    'handedOver',
    `update public.receipts set image_path = 'minio://receipts/another.jpg' where id = $1`,
    job(`state_since = ${old}`),
  ],
  ['deleted_kept', 'finished', job('orphaned_at = now()')],
  [
    'result_foreign',
    'finished',
    `update public.receipts set created_at = created_at + interval '1 hour' where id = $1`,
  ],
  [
    'tombstone_overdue',
    'finished',
    `insert into pantry_queue.tombstones (kind, subject, tenant_id, job_no, created_at) values ('ocr', $1, 'default', 0, ${old})`,
  ],
  [
    'subject_gone',
    'waiting',
    'delete from public.receipts where id = $1',
    'delete from pantry_queue.tombstones where subject = $1',
  ],
  [
    'items_doubled',
    'finished',
    `insert into public.receipt_items (receipt_id, item_name) select receipt_id, item_name from public.receipt_items where receipt_id = $1`,
  ],
  [
    'review_count',
    'finished',
    `insert into pantry_queue.arrivals (tenant_id, user_id, status, n) values ('default', $1, 'review', 1)`,
  ],
  [
    'review_reasons',
    'finished',
    `update pantry_queue.receipt_state set review = 'open', review_since = now(), review_user = 1,
       review_reasons = '[]' where receipt_id = $1`,
  ],
  ['review_end', 'finished', `update pantry_queue.receipt_state set review = 'accepted' where receipt_id = $1`],
  [
    'review_untold',
    'finished',
    inReview('[{"code": "low_confidence"}]'),
    `delete from pantry_queue.events where ${OF_RECEIPT} and kind = 'receipt_needs_review'`,
  ],
  [
    'review_untold',
    'finished',
    inReview('[]', 'accepted'),
    `insert into pantry_queue.events (job_no, user_id, kind)
     select job_no, user_id, 'receipt_needs_review' from pantry_queue.jobs where subject = $1`,
  ],
  [
    'duplicate_foreign',
    'finished',
    inReview(`[{"code": "possible_duplicate", "data": {"receipt_id": 1}}]`),
    `update pantry_queue.receipt_state set review_reasons = jsonb_set(review_reasons, '{0,data,receipt_id}', to_jsonb(receipt_id))
     where receipt_id = $1`,
  ],
  [
    'duplicate_foreign',
    'finished',
    inReview(`[{"code": "possible_duplicate", "data": {"receipt_id": 1}}]`),
    `update pantry_queue.receipt_state set review_reasons = jsonb_set(review_reasons, '{0,data,receipt_id}', to_jsonb((
       select id from public.receipts where id <> $1 order by id limit 1))) where receipt_id = $1`,
    `update pantry_queue.receipt_state set tenant_id = 'other' where receipt_id = (
       select id from public.receipts where id <> $1 order by id limit 1)`,
  ],
  ['tenant_mixed', 'finished', `update pantry_queue.replies set tenant_id = 'other' where ${OF_RECEIPT}`],
  ['cleared_unfailed', 'waiting', job('cleared_at = now()')],
  ['bulk_count', 'failed', BULK, `update pantry_queue.bulks set outcomes = '{"done": 1}', ended_at = now()`],
  ['bulk_count', 'failed', BULK, `update pantry_queue.bulk_jobs set outcome = 'done'`],
  ['bulk_count', 'failed', BULK, 'update pantry_queue.bulks set total = 2'],
  ['bulk_overdue', 'failed', BULK, `update pantry_queue.bulks set next_at = ${old}`],
  ['batch_missing', 'waiting', job(`batch_id = 'batch-gone'`)],
  ['failure_count', 'failed', 'update pantry_queue.failures set n = n + 1 where user_id = 0 and $1 > 0'],
  [
    'batch_count',
    'waiting',
    job(`batch_id = 'batch-' || subject`),
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, first_job_no, last_job_no)
     values ('batch-' || $1::int, 1, 1, 1, 1, 1)`,
  ],
  [
    'batch_overdue',
    'waiting',
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, created_at)
     values ('batch-' || $1::int, 1, 1, 0, ${old})`,
  ],
  ...[
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, ended_at, ended_as)
     values ('batch-' || $1::int, 1, 1, 0, now(), '{}')`,
    `with made as (insert into pantry_queue.batches (batch_id, user_id, total, queued, ended_at, ended_as)
     values ('batch-' || $1::int, 1, 1, 0, now(), '{"total": 2}'))
     insert into pantry_queue.events (user_id, batch_id, kind, data)
     values (1, 'batch-' || $1::int, 'batch_finished', '{"total": 1}')`,
    `with made as (insert into pantry_queue.batches (batch_id, user_id, total, queued)
     values ('batch-' || $1::int, 1, 1, 0))
     insert into pantry_queue.events (user_id, batch_id, kind) values (1, 'batch-' || $1::int, 'batch_finished')`,
    // Row and event agree, and their parts do not add up.
    `with made as (insert into pantry_queue.batches (batch_id, user_id, total, queued, others, ended_at, ended_as)
       values ('batch-' || $1::int, 1, 1, 0, '{1}', now(), '{"total": 1, "finished": 1, "failed": 1, "canceled": 0, "gone": 0}')
       returning *)
     insert into pantry_queue.events (user_id, batch_id, kind, data)
     select 1, batch_id, 'batch_finished', ended_as from made`,
  ].map((sql): Break => ['batch_end', 'waiting', sql]),
  [
    'schedule_overdue',
    'waiting',
    `insert into pantry_queue.schedules (tenant_id, name, user_id, kind, cron, time_zone, priority, overlap, created_by, next_at, wake_at)
     values ('default', 's' || $1::int, 1, 'ocr', '0 2 * * *', 'UTC', 3, 'skip', 1, ${old}, ${old})`,
  ],
  [
    'schedule_stopped',
    'waiting',
    `insert into pantry_queue.schedules (tenant_id, name, user_id, kind, cron, time_zone, priority, overlap, created_by, next_at, wake_at)
     values ('default', 's' || $1::int, 1, 'ocr', '0 2 * * *', 'UTC', 3, 'skip', 1, null, null)`,
  ],
  [
    'schedule_run',
    'waiting',
    `insert into pantry_queue.events (user_id, batch_id, kind, data)
     values (1, 'batch-' || $1::int, 'schedule_fired', '{"schedule": "nightly"}')`,
  ],
  [
    'audit_chain',
    'waiting',
    `select pantry_queue.append_audit(jsonb_build_array(jsonb_build_object('at', now(), 'tenant_id', 'default', 'user_id',
     $1::int, 'door', 'http', 'by_assistant', false, 'operation', 'cancel_job', 'subjects', '{}'::jsonb, 'outcome', 'ok')))`,
    `update pantry_queue.audit set outcome = 'internal' where user_id = $1::int`,
  ],
  ['webhook_overdue', 'waiting', `${WEBHOOK} ${old})`],
  [
    'webhook_asleep',
    'waiting',
    `with made as (${WEBHOOK} null) returning webhook_no)
     insert into pantry_queue.deliveries (webhook_no, tenant_id, message_id, type, body, give_up_at)
     select webhook_no, 'default', 'message', 'job.failed', '{}', now() + interval '3 days' from made`,
  ],
  [
    'webhook_untold',
    'finished',
    `${WEBHOOK} null)`,
    `update pantry_queue.events set xid = '3', at = ${old} where ${OF_RECEIPT} and kind = 'finished'`,
  ],
  ['delivery_unended', 'waiting', delivery(`interval '-10 minutes'`, 'webhook_no')],
  ['delivery_orphaned', 'waiting', delivery(`interval '3 days'`, '$1')],
  ['give_up_overdue', 'waiting', job(`give_up_at = ${old}`)],
  ['worker_gone', 'withAgent', job(`state_since = ${old}, worker_id = 'gone'`)],
  ['save_overdue', 'replied', job(`state_since = ${old}`)],
  [
    'cancel_overdue',
    'withAgent',
    job(`phase = 'canceling', cancel_requested_at = ${old}`),
    event('cancel_requested', 'started/canceling'),
  ],
  ['retry_overdue', 'handedOver', job(`status = 'deferred', phase = 'backoff', next_attempt_at = ${old}`)],
  ['start_overdue', 'scheduled', job(`run_at = ${old}`)],
  [
    'wait_overdue',
    'dependent',
    `delete from pantry_queue.dependencies where ${OF_RECEIPT}`,
    job(`state_since = ${old}`),
  ],
  ['hand_over_overdue', 'handedOver', job(`handed_over_at = null, admitted_at = ${old}, engine_checked_at = null`)],
  [
    'command_overdue',
    'finished',
    `insert into pantry_queue.commands (job_no, kind, run_no, created_at)
     select job_no, 'cancel', run_no, ${old} from pantry_queue.jobs where subject = $1`,
  ],
  ['job_vanished', 'waiting', 'delete from pantry_queue.jobs where subject = $1'],
  ['result_vanished', 'finished', 'delete from pantry_queue.jobs where subject = $1'],
  [
    'history_count',
    'finished',
    `update pantry_queue.history_place set epoch = 1, xid = pg_current_xact_id() where $1 > 0`,
  ],
  ['counters', 'finished', 'update pantry_queue.counters set n = n + 1 where user_id = 0 and $1 > 0'],
  [
    'batch_count',
    'finished',
    `insert into pantry_queue.batches (batch_id, user_id, total, queued) values ('batch-' || $1::int, 1, 2, 2)`,
  ],
  ['paid_missing', 'replied', `delete from pantry_queue.paid_calls where ${OF_RECEIPT}`],
  [
    'cost_count',
    'replied',
    `insert into pantry_queue.costs (tenant_id, user_id, step, at, currency, model, amount, calls)
     values ('default', $1, 'day', '2026-01-01', 'USD', '', 1, 1)`,
  ],
  [
    'budget_spent',
    'waiting',
    `insert into pantry_queue.budgets (tenant_id, user_id, currency, period, time_zone, amount, spent, begins_at, ends_at, set_by)
     values ('default', $1, 'USD', 'day', 'UTC', 5, 1, now(), now(), 'user 1')`,
  ],
  [
    'budget_cap',
    'waiting',
    `insert into pantry_queue.budgets (tenant_id, user_id, currency, period, time_zone, amount, begins_at, ends_at, set_by)
     values ('default', $1, 'USD', 'day', 'UTC', 0, now(), now(), 'user 1')`,
  ],
  ['breaker_row', 'waiting', OPEN_AT],
  ['breaker_row', 'waiting', breakerCap('same_error', 0)],
  ['breaker_row', 'waiting', OPEN_AT, breakerCap('same_error', 0), breakerCap('agent_rate_limited', 2)],
  ...['agent_rate_limited', 'agent_unreachable'].map(
    (reason): Break => [
      'breaker_overdue',
      'waiting',
      breakerCap(reason, 0),
      `update pantry_queue.breaker set next_probe_at = ${old} where $1 > 0`,
    ],
  ),
  ['parked_overdue', 'handedOver', job(`status = 'deferred', phase = 'parked'`), job(`state_since = ${old}`)],
  ['cap_shape', 'waiting', cap('nobody knows', { in_flight: '0' })],
  ['cap_shape', 'waiting', cap('limit', { note: `'of nothing'` })],
  ['cap_shape', 'waiting', cap('owner_paused', { in_flight: '1' })],
  ['cap_shape', 'waiting', cap('queue_paused', { in_flight: '0' })],
  ['cap_shape', 'waiting', cap('budget_exhausted', { in_flight: '0', kind: `'ocr'` })],
  ['cap_shape', 'waiting', cap('same_error', { in_flight: '0' })],
  [
    'budget_overdue',
    'waiting',
    `insert into pantry_queue.budgets (tenant_id, user_id, currency, period, time_zone, amount, begins_at, ends_at, set_by)
     values ('default', $1, 'USD', 'day', 'UTC', 0, ${old}, ${old}, 'user 1')`,
  ],
  ['wait_wrong', 'dependent', job(`status = 'queued', phase = 'admission'`)],
  ['wait_wrong', 'dependent', `update pantry_queue.dependencies set parent_ended = true where ${OF_RECEIPT}`],
  [
    'schedule_doubled',
    'waiting',
    `insert into pantry_queue.events (user_id, kind, data)
     select 1, 'schedule_fired', jsonb_build_object('schedule', 's' || $1::int, 'scheduled_for', '2026-01-31T02:00:00.000Z', 'trigger', 'time')
     from generate_series(1, 2)`,
  ],
];
