import { admit } from '../../../src/ledger/admission.ts';
import { beginAttempt } from '../../../src/ledger/attempts.ts';
import { enqueueEach } from '../../../src/ledger/enqueue/enqueue-each.ts';
import { markHandedOver } from '../../../src/ledger/gate.ts';
import { readLedgerId } from '../../../src/ledger/insight/queue-state.ts';
import { storeReply } from '../../../src/ledger/replies.ts';
import { saveResult } from '../../../src/ledger/saving.ts';
import type { HttpQueue } from '../../http/support/http-queue.ts';
import { beatAs } from '../../support/gate.ts';
import { seen, worker } from '../../support/job-states.ts';
import { bytesOf, replyFor } from '../../support/replies.ts';
import { firstRunOf } from '../../support/run.ts';

/** Uploads a photo over HTTP. @returns its receipt */
export async function upload(http: HttpQueue, photo: Uint8Array): Promise<number> {
  const form = new FormData();
  form.append('file', new Blob([Uint8Array.from(photo)]), 'receipt.jpg');
  const response = await http.fetch('/receipts', { method: 'POST', body: form });
  if (!response.ok) throw new Error(`the upload was answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: number }).id;
}

/** Reads a receipt whose job waits, as the activities do. @param reply parts of the agent’s reply that are otherwise */
export async function readReceipt({ db }: HttpQueue, receiptId: number, reply: object = {}): Promise<void> {
  await beatAs(db, worker.id, 500);
  const run = firstRunOf(receiptId, await readLedgerId(db));
  await enqueueEach(db, 'ocr', [
    { subject: receiptId, asked: undefined, tenant: 'default', userId: undefined, priority: 'default', mode: 'once' },
  ]);
  await admit(db, 100_000);
  await markHandedOver(db, run, seen);
  await beginAttempt(db, run, worker);
  const request = { receipt_id: receiptId, image_path: '', user_id: 1, job_id: '' };
  await storeReply(db, run, 1, { bytes: bytesOf({ ...replyFor(request), ...reply }), agentMs: 5 });
  const saved = await saveResult(db, run, { defaultCurrency: 'EUR' });
  if (!saved.current) throw new Error(`receipt ${receiptId} was not read`);
}

/** Text as a receipt, a file name or a reason may hold it. */
export const HOSTILE = '<img src=x onerror=alert(1)></script>\u202egpj.exe\u200b{{7*7}}';
