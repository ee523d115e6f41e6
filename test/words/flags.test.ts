import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { textOf } from '../../src/words/answers.ts';
import { aJob } from '../mcp/support/fake-queue.ts';
import { PAGES } from './support/pages.ts';
import { RECEIPT_PAGES } from './support/receipt-pages.ts';

const AT = '2026-11-24T09:00:00.000Z';
const job = aJob();
const [receipt] = RECEIPT_PAGES.listReceipts.receipts;
const edited = { ...receipt, sum_mismatch: null, reasons: [] };
const [schedule] = PAGES.listSchedules?.schedules ?? [];
const [webhook] = PAGES.listWebhooks?.webhooks ?? [];
const scope = { name: 'pantry', user_id: null };

/** What each operation answers that says yes or no to something. */
const ANSWERS: { readonly [K in OperationKey]?: unknown } = {
  enqueueOcr: job,
  waitForJobs: { met: true, jobs: [], gone: [], waiting: 1, more: false, batch: null, cursor: 'c' },
  cancelJob: { ...job, status: 'canceled', written: 'Nothing was written.' },
  retryJob: { ...job, deduplicated: false, released: false },
  setPriority: job,
  removeBudget: {},
  pauseQueue: scope,
  resumeQueue: scope,
  createSchedule: schedule,
  pauseSchedule: schedule,
  resumeSchedule: schedule,
  redeliverWebhook: { redelivered: 2 },
  whoami: {
    tenant: 'default',
    user_id: 1,
    scopes: [],
    credential: 'key',
    key_id: 'k',
    expires_at: null,
    temporal_ui: null,
  },
  setCap: { cap: null },
  getReceipt: edited,
  updateReceipt: edited,
  submitReview: edited,
  deleteReceipt: { receipt_id: 17 },
};
/** Said by another part of the same answer. */
const SAID_OTHERWISE = {
  createWebhook: (created: boolean) => ({ ...webhook, secret: created ? 'whsec_x' : null, at: AT }),
};

const isYesOrNo = (schema: z.ZodType) => schema._zod.def.type === 'boolean';
const flags = (Object.keys(operations) as OperationKey[]).flatMap((key) =>
  Object.entries(operations[key].output.shape)
    .filter(([, schema]) => isYesOrNo(schema as z.ZodType))
    .map(([flag]) => [key, flag] as const),
);

describe('[H6] an answer that says yes or no', () => {
  it('is given by many operations', () => {
    expect(flags.length).toBeGreaterThan(15);
  });

  it.each(flags)('says it to a person too: %s, %s', (key, flag) => {
    const answer = (is: boolean) => {
      const made =
        key in SAID_OTHERWISE ? SAID_OTHERWISE[key as keyof typeof SAID_OTHERWISE](is) : (ANSWERS[key] as object);
      expect(made, `an answer of ${key}`).toBeDefined();
      return textOf(key, { ...made, [flag]: is } as OutputOf<typeof key>).join('\n');
    };
    expect(answer(true)).not.toBe(answer(false));
  });
});
