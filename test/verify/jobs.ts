import type { CallCost } from '../../src/contract/cost.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import type { Db } from '../../src/ledger/db.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, type GateBench } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

/** Makes jobs by the ledger's own functions, as the activities call them. */
export function createJobs(bench: GateBench, ledgerId: () => Promise<string>) {
  const worker = { id: 'w1', name: 'w1' };

  const waiting = () => enqueued();
  const scheduled = () => enqueued({ delay_seconds: 3_600 });
  async function dependent(): Promise<RunKey> {
    const { subject } = await scheduled();
    return enqueued({ after: [`ocr-${subject}`] });
  }

  async function enqueued(start: { delay_seconds?: number; after?: string[] } = {}): Promise<RunKey> {
    const [receiptId = 0] = await addReceipts(bench.db, 1);
    const job = await bench.queue.enqueueOcr({ receipt_id: receiptId, ...start }, asOwner);
    return { ...ocrOf(receiptId), generation: job.generation, runNo: 1 };
  }

  async function handedOver(): Promise<RunKey> {
    const run = await waiting();
    await beatAs(bench.db, worker.id, 1_000);
    await bench.dispatch.tick();
    await markProcessing(bench.db, await ledgerId(), run);
    return run;
  }

  async function withAgent(): Promise<RunKey> {
    const run = await handedOver();
    const begun = await beginAttempt(bench.db, run, worker);
    if (begun.kind !== 'call') throw new Error(`the attempt did not begin: ${begun.kind}`);
    return run;
  }

  async function replied(): Promise<RunKey> {
    const run = await withAgent();
    await reply(bench.db, run, 1);
    return run;
  }

  async function finished(): Promise<RunKey> {
    const run = await replied();
    const saved = await saveResult(bench.db, run, { defaultCurrency: 'EUR' });
    if (!saved.current) throw new Error(`the result was not saved: ${saved.reason}`);
    return run;
  }

  async function failed(): Promise<RunKey> {
    const run = await withAgent();
    await endJob(bench.db, run, { status: 'failed', code: 'agent_rejected', message: 'The agent refused it.' });
    return run;
  }

  return { waiting, scheduled, dependent, handedOver, withAgent, replied, finished, failed };
}

/** What the activity stores when the agent has answered. */
export function reply(db: Db, run: RunKey, attempt: number, cost?: CallCost): Promise<string> {
  const bytes = bytesOf(
    replyFor({
      receipt_id: run.subject,
      image_path: 'minio://receipts/x.jpg',
      user_id: 1,
      job_id: `ocr-${run.subject}`,
    }),
  );
  return storeReply(db, run, attempt, { bytes, agentMs: 5, ...(cost ? { cost } : {}) });
}
