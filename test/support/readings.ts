import { expect } from 'vitest';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import type { GateBench } from './gate.ts';
import { asOwner } from './owner.ts';
import { bytesOf, replyFor } from './replies.ts';

/** What a reply says: fields of its metadata, and in `reply` other parts of it. */
export type Told = Parameters<typeof replyFor>[1] & { readonly reply?: object };

/** Reads receipts by the functions that the activities call; a worker `w1` must be alive (`beatAs`). */
export function readingsOf(bench: Pick<GateBench, 'db' | 'queue' | 'dispatch'>) {
  async function begin(receiptId: number, force = false): Promise<RunKey> {
    const { generation } = await bench.queue.enqueueOcr({ receipt_id: receiptId, force }, asOwner);
    const run: RunKey = { ...ocrOf(receiptId), generation, runNo: 1 };
    await bench.dispatch.tick();
    await markProcessing(bench.db, await readLedgerId(bench.db), run);
    await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' });
    return run;
  }

  async function answer(run: RunKey, { reply = {}, ...metadata }: Told = {}): Promise<void> {
    const request = { receipt_id: run.subject, image_path: '', user_id: 1, job_id: '' };
    const bytes = bytesOf({ ...replyFor(request, metadata), ...reply });
    await storeReply(bench.db, run, 1, { bytes, agentMs: 1 });
  }

  const save = (run: RunKey) => saveResult(bench.db, run, { defaultCurrency: 'EUR' });

  async function read(receiptId: number, told?: Told, force = false): Promise<void> {
    const run = await begin(receiptId, force);
    await answer(run, told);
    expect(await save(run)).toEqual({ current: true });
  }
  return { begin, answer, save, read };
}
