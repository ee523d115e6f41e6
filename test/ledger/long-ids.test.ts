import { expect, it } from 'vitest';
import { MAX_ID, ocrOf } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { verifyLedger } from '../../src/verify/verify.ts';

import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';

const bench = useGate();
/** A user a receipt, so that each lists its own. */
const userOf = (id: number) => 2 ** 40 + (id % 1_000);

it.each([2 ** 31, MAX_ID])(
  '[P9] receipt %d of an adopted table with long ids is queued, read, shown and deleted',
  async (id) => {
    const { db, queue } = bench;
    const user = userOf(id);
    await db.query('alter table public.receipts alter column id type bigint, alter column user_id type bigint');
    await db.query('alter table public.receipt_items alter column receipt_id type bigint');
    await db.query(`insert into public.receipts (id, user_id, image_path) values ($1, $2, 'minio://receipts/a.jpg')`, [
      id,
      user,
    ]);

    const job = await queue.enqueueOcr({ receipt_id: id, user_id: user }, asOwner);
    expect(job).toMatchObject({ job_id: `ocr-${id}`, receipt_id: id, user_id: user, deduplicated: false });
    await bench.dispatch.tick();
    const run = { ...ocrOf(id), generation: 1, runNo: 1 };
    await markProcessing(db, await readLedgerId(db), run);
    expect(await beginAttempt(db, run, { id: 'w1', name: 'w1' })).toMatchObject({ kind: 'call', userId: user });
    const reply = replyFor({ receipt_id: id, image_path: '', user_id: user, job_id: '' }, { total_amount: '12.50' });
    await storeReply(db, run, 1, { bytes: Buffer.from(JSON.stringify(reply)), agentMs: 5 });
    expect(await saveResult(db, run, { defaultCurrency: 'EUR' })).toEqual({ current: true });

    expect(await queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({ status: 'finished' });
    expect((await queue.getReceipt({ receipt_id: id }, asOwner)).total_amount).toBe('12.50');
    expect((await queue.listReceipts({ user_id: user, last_id: id }, asOwner)).receipts).toEqual([]);
    expect((await queue.listReceipts({ user_id: user }, asOwner)).receipts).toMatchObject([{ id }]);
    expect(await queue.queueInfo({ user_id: user }, asOwner)).toMatchObject({ finished_jobs: 1 });
    expect((await verifyLedger(db, { ledgerId: await readLedgerId(db), workflowIdPrefix: '' })).findings).toEqual([]);
    expect(await queue.deleteReceipt({ receipt_id: id }, asOwner)).toMatchObject({ deleted: true });
  },
);
