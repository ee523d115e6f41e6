import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { textOf } from '../../src/words/answers.ts';
import { table } from '../../src/words/table.ts';
import { LONG, RECEIPT_PAGES, TIME } from './support/receipt-pages.ts';
import { REVIEWS } from './support/reviews.ts';

const WIDTH = 80;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** At least: what is wide takes two. */
const widthOf = (line: string) => [...graphemes.segment(line)].length;

describe('a table', () => {
  it('[H6] holds each row in one line of at most 80 characters, whatever its cells hold', () => {
    const cell = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constant('x'.repeat(300)),
    );
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { maxLength: 10 }), (rows) => {
        const lines = table(rows);
        expect(lines).toHaveLength(rows.length);
        for (const line of lines) {
          expect(widthOf(line)).toBeLessThanOrEqual(WIDTH);
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\n]/u);
        }
      }),
    );
  });

  it('[H6] stands in columns, and cuts the widest where there is no room', () => {
    expect(
      table([
        ['id', 'name', 'n'],
        ['1', 'Contoso', '12'],
        ['1000', '', '3'],
      ]),
    ).toEqual(['id    name     n', '1     Contoso  12', '1000           3']);
    const [cut] = table([['ocr-17', 'x'.repeat(100), 'failed']]);
    expect(cut).toBe(`ocr-17  ${'x'.repeat(63)}…  failed`);
  });
});

/** A page of each list with the longest values that a row can have. */
const PAGES: { readonly [K in OperationKey]?: OutputOf<K> } = {
  listWorkers: {
    next_cursor: null,
    workers: [
      {
        name: LONG,
        host: 'worker-7f9c6d5b8-x2x4z.pantry.svc.cluster.local',
        pid: 4_194_304,
        role: 'workflow',
        version: '10.100.1000',
        build_id: LONG,
        slots: 100,
        busy: 100,
        stopping: true,
        doing: [{ job_id: 'ocr-9007199254740991.99', phase: 'canceling', since: TIME }],
        started_at: TIME,
        last_seen_s: 14,
      },
    ],
  },
  listCaps: {
    next_cursor: null,
    caps: [
      {
        user_id: Number.MAX_SAFE_INTEGER,
        kind: 'ocr',
        in_flight: 1_000_000,
        queued: 1_000_000,
        per_minute: 1_000_000,
        reason: 'agent_rate_limited',
        note: LONG,
        set_by: `user ${Number.MAX_SAFE_INTEGER}`,
        since: TIME,
      },
    ],
  },
  ...RECEIPT_PAGES,
  listReviews: REVIEWS,
  findJobs: {
    next_cursor: null,
    jobs: [
      {
        job_id: `ocr-${Number.MAX_SAFE_INTEGER}`,
        generation: 2,
        receipt_id: Number.MAX_SAFE_INTEGER,
        user_id: Number.MAX_SAFE_INTEGER,
        status: 'failed',
        phase: null,
        priority: 'default',
        merchant: LONG,
        total_amount: '2516.28',
        currency: 'USD',
        needs_review: false,
        batch_id: null,
        attempts: 5,
        error_code: 'terminated_by_operator',
        fingerprint: '0123456789abcdef',
        created_at: TIME,
        started_at: TIME,
        ended_at: TIME,
        next_attempt_at: null,
        cleared_at: null,
      },
    ],
  },
  getCosts: {
    next_cursor: null,
    group: 'model',
    from_day: '2026-01-01',
    to_day: '2026-12-31',
    rows: [
      {
        key: 'm'.repeat(40),
        paid_calls: 1_000_000,
        unpriced_calls: 999_999,
        costs: [{ amount: '123456.123', currency: 'USD' }],
      },
    ],
  },
  listBudgets: {
    next_cursor: null,
    budgets: [
      {
        user_id: 1_000_000,
        currency: 'USD',
        period: 'month',
        time_zone: 'America/New_York',
        amount: '10000.5',
        spent: '9999.125',
        left: '1.375',
        over: '0',
        begins_at: TIME,
        ends_at: TIME,
        set_by: 'user 1',
        set_at: TIME,
      },
    ],
  },
  failedJobs: {
    next_cursor: null,
    failures: [
      {
        error_code: 'terminated_by_operator',
        fingerprint: '0123456789abcdef',
        message: LONG,
        jobs: 1_000_000,
        first_at: TIME,
        last_at: TIME,
        samples: ['ocr-1'],
        redrive: 'now',
        hint: LONG,
      },
    ],
  },
  listSchedules: {
    next_cursor: null,
    schedules: [
      {
        name: 'n'.repeat(64),
        user_id: null,
        cron: '0,15,30,45 1-23/2 1-31 JAN,FEB,MAR,APR,MAY,JUN MON-FRI',
        time_zone: 'America/Argentina/ComodRivadavia',
        overlap: 'buffer_one',
        priority: 'default',
        paused: null,
        next_at: TIME,
        pending_for: null,
        last: {
          at: TIME,
          scheduled_for: TIME,
          trigger: 'time',
          outcome: 'nothing_pending',
          batch_id: null,
          total: 0,
          queued: 0,
          deduplicated: 0,
          code: null,
          missed: null,
        },
        failing: null,
        created_by: 1,
        created_at: TIME,
      },
    ],
  },
  listWebhooks: {
    next_cursor: null,
    webhooks: [
      {
        webhook_id: 'webhook-8f14e45f-ceea-4d10-a6d6-3c1b7ab4e3a2',
        user_id: null,
        url: `https://hooks.example/${'x'.repeat(500)}`,
        events: ['job.finished', 'job.failed', 'job.canceled', 'batch.finished', 'budget.exhausted', 'budget.renewed'],
        description: LONG,
        status: 'active',
        status_since: TIME,
        status_by: `user ${Number.MAX_SAFE_INTEGER}`,
        last_success_at: null,
        failing: { since: TIME, failures: 1_000_000, error: 'http_status', next_try_at: TIME },
        old_secret_until: TIME,
        created_by: 1,
        created_at: TIME,
      },
    ],
  },
  listKeys: {
    next_cursor: null,
    keys: [
      {
        key_id: 'pq_5f0c1e9a7b32',
        name: 'x'.repeat(64),
        user_id: Number.MAX_SAFE_INTEGER,
        scopes: ['jobs:read', 'jobs:write', 'queue:admin', 'act_as'],
        status: 'replaced',
        created_by: `user ${Number.MAX_SAFE_INTEGER} (pq_5f0c1e9a7b32)`,
        created_at: TIME,
        last_used_at: TIME,
        expires_at: TIME,
        revoked_at: null,
      },
    ],
  },
  listDeliveries: {
    next_cursor: null,
    deliveries: [
      {
        message_id: 'AQAAAAE3QJqsAAAAAAAAAvMAAAAAAAAAEdHJlGVzdA00',
        type: 'receipt.needs_review',
        status: 'delivered',
        tries: 13,
        created_at: TIME,
        tried_at: TIME,
        next_try_at: TIME,
        ended_at: null,
        http_status: null,
        error: 'address_refused',
        message: LONG,
        ms: 15_000,
        body: LONG,
        answer: LONG,
      },
    ],
  },
  listBatches: {
    next_cursor: null,
    batches: [
      {
        batch_id: 'batch-8f14e45f-ceea-4d10-a6d6-3c1b7ab4e3a2',
        user_id: 1,
        total: 10_000,
        schedule: 'nightly',
        queued: 10_000,
        deduplicated: 0,
        created_at: TIME,
        ended_at: TIME,
        ended_as: {
          total: 10_000,
          finished: 9_998,
          failed: 1,
          canceled: 1,
          gone: 0,
          deduplicated: 0,
          cleared: 0,
          paid_calls: 1,
        },
      },
    ],
  },
};

describe('a list on the command line', () => {
  const lists = (Object.keys(operations) as OperationKey[]).filter((key) =>
    Object.hasOwn(operations[key].output.shape, 'next_cursor'),
  );

  it.each(lists)('[H6] fits a terminal of 80 columns: %s', (key) => {
    const page = PAGES[key];
    if (page === undefined) throw new Error(`${key} has no page here`);
    const lines = textOf(key, page as OutputOf<typeof key>);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.filter((line) => widthOf(line) > WIDTH)).toEqual([]);
  });
});
