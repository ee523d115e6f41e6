import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { type AttemptStart, beginAttempt } from '../../src/ledger/attempts.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { keepRefusedReply, storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

const bench = useGate();
beforeEach(async () => {
  await clearJobs(bench.db);
  bench.engine.known.clear();
});

const worker = { id: 'w1', name: 'w1' };
const other = { id: 'w2', name: 'w2' };
type Run = RunKey & { jobId: string };

async function handedOver(receiptId?: number): Promise<Run> {
  const [id = 0] = receiptId === undefined ? await addReceipts(bench.db, 1) : [receiptId];
  const { generation } = await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
  await beatAs(bench.db, worker.id, 5);
  await bench.dispatch.tick();
  return { ...ocrOf(id), generation, runNo: 1, jobId: `ocr-${id}` };
}

async function withAgent(receiptId?: number): Promise<Run> {
  const run = await handedOver(receiptId);
  expect(await beginAttempt(bench.db, run, worker)).toMatchObject({ kind: 'call' });
  return run;
}

const reply = (run: RunKey, total = '12.50') => ({
  bytes: bytesOf(
    replyFor({ receipt_id: run.subject, image_path: '', user_id: 1, job_id: '' }, { total_amount: total }),
  ),
  agentMs: 5,
});
const hashOf = ({ bytes }: { bytes: Uint8Array }) => createHash('sha256').update(bytes).digest('hex');
const job = (run: Run) => bench.queue.getJobStatus({ job_id: run.jobId }, asOwner);
const stored = (run: RunKey) =>
  bench.db.query<{ raw: Buffer; sha256: string; refused: string | null }>(
    `select raw, sha256, refused from pantry_queue.replies join pantry_queue.jobs using (job_no)
     where subject = $1 and generation = $2`,
    [run.subject, run.generation],
  );

describe('a reply', () => {
  it.each([
    ['with spaces and keys in an order of its own', Buffer.from('{ "items" : [] ,\r\n "receipt_id":1e0 }')],
    ['with NUL and halves of characters', Buffer.from('{"items":[],"raw_text":"\\u0000\\ud800"}')],
    ['of bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
  ])('[Q23] is stored as it came, under the hash of its bytes: %s', async (_name, bytes) => {
    const run = await withAgent();
    expect(await storeReply(bench.db, run, 1, { bytes, agentMs: 5 })).toBe(hashOf({ bytes }));
    expect(await stored(run)).toEqual([{ raw: bytes, sha256: hashOf({ bytes }), refused: null }]);
  });

  it('that was refused does not count as one, and gives way to a usable one, which stays', async () => {
    const run = await withAgent();
    const refused = { bytes: Buffer.from('<html>'), agentMs: 5, code: 'agent_bad_response' } as const;
    await keepRefusedReply(bench.db, run, 1, refused);
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toMatchObject({
      current: false,
      reason: 'no reply is stored',
    });
    await storeReply(bench.db, run, 1, reply(run));
    await keepRefusedReply(bench.db, run, 1, refused);
    await storeReply(bench.db, run, 1, reply(run, '99.00'));
    expect(await stored(run)).toMatchObject([{ sha256: hashOf(reply(run)), refused: null }]);
  });

  it('[Q25] of a receipt that was deleted meanwhile is not kept, and the job ends', async () => {
    const run = await withAgent();
    await bench.db.query('delete from public.receipts where id = $1', [run.subject]);
    await storeReply(bench.db, run, 1, reply(run));
    expect(await stored(run)).toEqual([]);
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toMatchObject({ current: false });
    const ended = await bench.db.query('select status, error_code from pantry_queue.jobs where subject = $1', [
      run.subject,
    ]);
    expect(ended).toEqual([{ status: 'failed', error_code: 'receipt_deleted' }]);
  });

  it('[Q25] is not paid for when the receipt is gone before the call', async () => {
    const run = await handedOver();
    await bench.db.query('delete from public.receipts where id = $1', [run.subject]);
    expect(await beginAttempt(bench.db, run, worker)).toEqual({ kind: 'mismatch' });
  });
});

describe('a retry', () => {
  /** A first generation that has paid and ended, then what happens, then the next generation. */
  async function retried(end: (run: Run) => Promise<unknown>): Promise<AttemptStart> {
    const run = await withAgent();
    await storeReply(bench.db, run, 1, reply(run));
    await end(run);
    await bench.queue.enqueueOcr({ receipt_id: run.subject, force: true }, asOwner);
    await bench.dispatch.tick();
    return beginAttempt(bench.db, { ...run, generation: 2 }, worker);
  }
  const fail = (run: Run) =>
    endJob(bench.db, run, { status: 'failed', code: 'result_not_storable', message: 'Constraint "x" refused it.' });

  it.each<[string, (run: Run) => Promise<unknown>, AttemptStart['kind']]>([
    ['takes the reply of a failed generation', fail, 'replied'],
    ['takes the reply of a canceled one', (run) => bench.queue.cancelJob({ job_id: run.jobId }, asOwner), 'replied'],
    ['reads a finished receipt anew', (run) => saveResult(bench.db, run, { defaultCurrency: 'VND' }), 'call'],
    [
      'does not take the reply for another image',
      async (run) => {
        await fail(run);
        await bench.db.query(
          `update pantry_queue.jobs set params = params || '{"image_path": "minio://receipts/other.jpg"}'`,
        );
      },
      'call',
    ],
    [
      'does not take the reply of another owner',
      async (run) => {
        await fail(run);
        await bench.db.query('update pantry_queue.jobs set user_id = 99');
      },
      'call',
    ],
    [
      'does not take a reply that was refused',
      async (run) => {
        await fail(run);
        await bench.db.query(`update pantry_queue.replies set refused = 'agent_mismatch'`);
      },
      'call',
    ],
  ])('[Q23] %s', async (_name, end, kind) => {
    expect((await retried(end)).kind).toBe(kind);
  });
});

describe('the reply of an attempt that was taken for lost', () => {
  async function untilSomebodyWaits(): Promise<void> {
    for (let looks = 0; looks < 400; looks++) {
      const waiting = await bench.db.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (waiting.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('the next attempt did not wait for the reply that was being stored');
  }

  it('[I16] is found by the next attempt that begins while it is being stored, and nothing is paid again', async () => {
    const run = await withAgent();
    await bench.db.query(`update pantry_queue.jobs set status = 'queued', phase = 'worker'`);
    let begun: Promise<AttemptStart> | undefined;
    await bench.db.transaction(async (tx) => {
      await storeReply({ ...bench.db, query: tx.query }, run, 1, reply(run));
      begun = beginAttempt(bench.db, run, other);
      await untilSomebodyWaits();
    });
    expect(await begun).toEqual({ kind: 'replied', sha256: hashOf(reply(run)) });
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toEqual({ current: true });
    expect((await job(run)).status).toBe('finished');
  });
});

describe('an attempt of a job in a state that nobody expects', () => {
  it.each(['queued/admission', 'deferred/dependency', 'scheduled'])('[I5] ends quietly: %s', async (state) => {
    const [status, phase] = state.split('/');
    const run = await handedOver();
    await bench.db.transaction(async (tx) => {
      await tx.execute('set local session_replication_role = replica');
      await tx.query('update pantry_queue.jobs set status = $2, phase = $3 where subject = $1', [
        run.subject,
        status,
        phase ?? null,
      ]);
    });
    expect(await beginAttempt(bench.db, run, worker)).toEqual({
      kind: 'not_current',
      reason: `the job is ${state}`,
    });
  });
});
