import { describe, expect, it } from 'vitest';
import { eventEnvelope, eventMessage, type RecordedEvent, toEventMessage } from '../../src/contract/event-message.ts';
import { EVENTS, type EventKind } from '../../src/contract/events.ts';

const missed = { count: 2, first: '2026-11-27T07:00:00.000Z', last: '2026-11-27T08:00:00.000Z' };
const run = { schedule: 'nightly', scheduled_for: '2026-11-27T09:00:00.000Z', trigger: 'time', missed };
const counts = { total: 3, finished: 2, failed: 1, canceled: 0, gone: 0, deduplicated: 0, cleared: 0, paid_calls: 4 };

/** Data of each kind, as the ledger writes it. */
const DATA = {
  enqueued: { priority: 3 },
  released: { by: 'time' },
  parent_unfinished: { parent: 'ocr-4', status: 'failed', outcome: 'cancel' },
  priority_set: { priority: 1 },
  attempt_started: { worker: 'worker-1' },
  attempt_failed: { code: 'agent_timeout', charged: true },
  reply_stored: { agent_ms: 812 },
  run_replaced: { why: 'its run was terminated' },
  finished: { result_hash: 'a'.repeat(64), needs_review: false },
  receipt_needs_review: { reasons: ['low_confidence'] },
  receipt_corrected: { by: 'assistant', user_id: 7, fields: ['total_amount'] },
  receipt_reviewed: { outcome: 'accepted', by: 'person', user_id: 7, fields: ['items'] },
  failed: { code: 'agent_timeout' },
  batch_finished: counts,
  budget_exhausted: {
    budget_of: null,
    amount: '5',
    spent: '5.02',
    currency: 'USD',
    period: 'day',
    ends_at: '2026-11-28T00:00:00Z',
  },
  budget_renewed: { budget_of: 7 },
  webhook_disabled: { webhook_id: 'wh_1' },
  schedule_fired: run,
  schedule_skipped: { ...run, code: 'overlap' },
  breaker_opened: { reason: 'agent_unreachable' },
  breaker_probing: { reason: 'agent_unreachable', in_flight: 2 },
  breaker_closed: { reason: 'same_error', open_s: 30 },
} satisfies Partial<Record<EventKind, object>>;

const KINDS = Object.keys(EVENTS) as EventKind[];
const dataOf = (kind: EventKind): object | null => (kind in DATA ? DATA[kind as keyof typeof DATA] : null);

const recorded = (kind: EventKind, changes: Partial<RecordedEvent> = {}): RecordedEvent => ({
  cursor: 'cursor-of-this-event',
  kind,
  job: { kind: 'ocr', subject: 17, generation: 2 },
  userId: 7,
  batchId: 'batch-1',
  state: 'started/agent',
  attempt: 1,
  data: dataOf(kind),
  at: new Date('2026-11-27T09:00:00Z'),
  sequence: 41,
  ...changes,
});

describe('the wire form of an event', () => {
  it('[H4] names job, receipt, owner, batch, state, attempt and time in words that the doors use', () => {
    expect(toEventMessage(recorded('failed', { state: 'failed' }))).toEqual({
      id: 'cursor-of-this-event',
      type: 'failed',
      job_id: 'ocr-17.2',
      receipt_id: 17,
      user_id: 7,
      batch_id: 'batch-1',
      state: 'failed',
      attempt: 1,
      at: '2026-11-27T09:00:00.000Z',
      sequence: 41,
      data: { code: 'agent_timeout' },
    });
  });

  it.each(KINDS)('[H4] an event of kind %s fits its schema, and its data are what the table declares', (kind) => {
    const message = JSON.parse(JSON.stringify(toEventMessage(recorded(kind))));
    expect(eventMessage.safeParse(message).error).toBeUndefined();
    expect(eventEnvelope.safeParse(message).error).toBeUndefined();
    expect(message.data).toEqual(dataOf(kind));
    expect('data' in EVENTS[kind]).toBe(dataOf(kind) !== null);
  });

  it.each(KINDS)('[I9] of an event of kind %s nothing leaves that its row does not declare', (kind) => {
    const more = { secret: 'of another owner', run_no: 3 };
    const { data, ...rest } = toEventMessage(recorded(kind, { data: { ...dataOf(kind), ...more }, ...more }));
    expect(data).toEqual(dataOf(kind));
    const fields = Object.keys(eventEnvelope.shape).filter((name) => name !== 'data');
    expect(Object.keys(rest).sort()).toEqual(fields.sort());
  });

  it('an event that is about no job, or about a whole tenant, says null', () => {
    const message = toEventMessage(recorded('budget_renewed', { job: null, userId: 0, batchId: null, state: null }));
    expect(message).toMatchObject({ job_id: null, receipt_id: null, user_id: null, batch_id: null, state: null });
    expect(eventMessage.safeParse(message).success).toBe(true);
  });
});
