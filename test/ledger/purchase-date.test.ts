import { beforeAll, describe, expect, it } from 'vitest';
import { readingIn } from '../../src/contract/fields.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';

const bench = useGate();
const SAID = '2026-01-31';
const READ = [null, '2026-01-31', '2026-03-04'] as const;

/** What stands in the receipt before it is read. */
const BEFORE = {
  nothing: { date: null, setBy: {}, by: null },
  'the date of its uploader': { date: SAID, setBy: { purchase_date: { by: 'uploader' } }, by: 'uploader' },
  'the date of a person': { date: SAID, setBy: { purchase_date: { by: 'person' } }, by: 'person' },
  'the date of another program': { date: SAID, setBy: undefined, by: 'application' },
} as const;

beforeAll(() => beatAs(bench.db, 'w1', 100));

async function receiptWith(date: string | null, setBy: object | undefined): Promise<number> {
  const [row] = await bench.db.query<{ id: number }>(
    `insert into public.receipts (user_id, image_path, purchase_date) values (1, 'minio://receipts/a.jpg', $1::date) returning id`,
    [date],
  );
  const id = row?.id ?? 0;
  if (setBy) {
    await bench.db.query('update pantry_queue.receipt_state set set_by = $2 where receipt_id = $1', [
      id,
      JSON.stringify(setBy),
    ]);
  }
  return id;
}

async function readAs(receiptId: number, purchase_date: string | null, force = false): Promise<void> {
  const { generation } = await bench.queue.enqueueOcr({ receipt_id: receiptId, force }, asOwner);
  const run: RunKey = { ...ocrOf(receiptId), generation, runNo: 1 };
  await bench.dispatch.tick();
  await markProcessing(bench.db, await readLedgerId(bench.db), run);
  await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' });
  const request = { receipt_id: receiptId, image_path: '', user_id: 1, job_id: '' };
  const bytes = Buffer.from(JSON.stringify(replyFor(request, { purchase_date })));
  await storeReply(bench.db, run, 1, { bytes, agentMs: 1 });
  expect(await saveResult(bench.db, run, { defaultCurrency: 'EUR' })).toEqual({ current: true });
}

/** The same in the job, in its result, and in the receipt. */
async function told(receiptId: number) {
  const result = readingIn(await bench.queue.getJobStatus({ job_id: `ocr-${receiptId}` }, asOwner));
  const receipt = await bench.queue.getReceipt({ receipt_id: receiptId }, asOwner);
  const [job, inReceipt] = [result, receipt].map((each) => ({
    date: each?.purchase_date ?? null,
    by: each?.purchase_date_by ?? null,
    reasons: each?.review_reasons.filter(
      ({ code, field }) => code === 'conflicting_value' && field === 'purchase_date',
    ),
  }));
  expect(inReceipt).toEqual(job);
  return job;
}

describe.each(Object.entries(BEFORE))('a receipt that holds %s', (_, before) => {
  it.each(READ)('tells one date and who set it when %s is read', async (read) => {
    const receiptId = await receiptWith(before.date, before.setBy);
    await readAs(receiptId, read);
    const date = before.date ?? read;
    expect(await told(receiptId)).toMatchObject({ date, by: before.by ?? (read === null ? null : 'agent') });
    const differs = before.date !== null && read !== null && read !== before.date;
    expect((await told(receiptId))?.reasons).toHaveLength(differs ? 1 : 0);
  });

  it.each(READ)('keeps what was said, and replaces what was only read, when it is read again as %s', async (read) => {
    const receiptId = await receiptWith(before.date, before.setBy);
    await readAs(receiptId, '2026-02-02');
    await readAs(receiptId, read, true);
    expect(await told(receiptId)).toMatchObject({
      date: before.date ?? read ?? '2026-02-02',
      by: before.by ?? 'agent',
    });
  });
});
