import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/contract/principal.ts';
import { type BatchWalk, endBatches } from '../../src/ledger/batches/batch-ends.ts';
import { inTransaction } from '../../src/ledger/connection/in-transaction.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createBatchBench } from './support/batch-bench.ts';

const bench = useGate();
const { clearAll, round, move, start, finish, fail, enqueue, status, endsOf } = createBatchBench(bench);
beforeEach(clearAll);

describe('a batch', () => {
  it('[Q3] tells where its receipts are, what they cost, and how it ended', async () => {
    const ids = await addReceipts(bench.db, 5);
    const [first = 0, second = 0, third = 0] = ids;
    await bench.queue.enqueueOcr({ receipt_id: first }, asOwner);
    const batchId = await enqueue(ids);
    await start(first);
    await finish(second);
    await fail(third);
    expect(await status(batchId)).toMatchObject({
      total: 5,
      queued: 4,
      deduplicated: 1,
      progress: { finished: 1, failed: 1, canceled: 0, running: 1, deferred: 0, waiting: 2, gone: 0 },
      paid_calls: 1,
      ended_at: null,
      ended_as: null,
      eta_s: expect.any(Number),
    });
    expect(await round()).toEqual([]);
    for (const id of ids) await finish(id);
    expect(await round()).toEqual([batchId]);
    const counts = {
      total: 5,
      finished: 4,
      failed: 1,
      canceled: 0,
      gone: 0,
      deduplicated: 1,
      cleared: 0,
      paid_calls: 3,
    };
    expect(await status(batchId)).toMatchObject({ ended_at: expect.any(String), ended_as: counts, eta_s: null });
    expect(await endsOf(batchId)).toEqual([{ job_no: null, data: counts, user_id: 1 }]);
  });

  it('[Q3] ends once, by whichever of two gates comes first, and not again after a retry', async () => {
    const ids = await addReceipts(bench.db, 3);
    const batchId = await enqueue(ids);
    for (const id of ids) await fail(id);
    const rounds = await Promise.all(Array.from({ length: 8 }, () => round()));
    expect(rounds.flat()).toEqual([batchId]);
    await bench.queue.retryJob({ job_id: `ocr-${ids[0]}` }, asOwner);
    expect(await status(batchId)).toMatchObject({
      progress: { waiting: 1, failed: 2 },
      ended_as: { failed: 3 },
    });
    await finish(ids[0] ?? 0);
    expect(await round()).toEqual([]);
    expect(await endsOf(batchId)).toHaveLength(1);
  });

  it('[Q3] is left alone by a gate while another gate is ending it', async () => {
    const ids = await addReceipts(bench.db, 1);
    const batchId = await enqueue(ids);
    for (const id of ids) await fail(id);
    await bench.db.transaction(async (tx) => {
      expect(await endBatches(inTransaction(bench.db, tx), { after: 0 }, 10)).toEqual([batchId]);
      expect(await round()).toEqual([]);
    });
    expect(await endsOf(batchId)).toHaveLength(1);
  });

  it('[Q3] does not end while a member that had failed is read again, wherever the round has got to', async () => {
    const ids = await addReceipts(bench.db, 4);
    const [first = 0, second = 0, third = 0, fourth = 0] = ids;
    const batchId = await enqueue(ids);
    await fail(fourth);
    await fail(third);
    // The round waits for the second now; those above it were passed.
    expect(await round()).toEqual([]);
    await bench.queue.retryJob({ job_id: `ocr-${fourth}` }, asOwner);
    await finish(second);
    await finish(first);
    expect(await round()).toEqual([]);
    await finish(fourth);
    expect(await round()).toEqual([batchId]);
    expect(await status(batchId)).toMatchObject({ ended_as: { finished: 3, failed: 1 } });
  });

  it('[Q3] of receipts that had their jobs already ends with those', async () => {
    const ids = await addReceipts(bench.db, 3);
    const first = await enqueue(ids);
    const second = await enqueue(ids);
    expect(await status(second)).toMatchObject({ queued: 0, deduplicated: 3, progress: { waiting: 3 } });
    for (const id of ids) await finish(id);
    expect((await round()).sort()).toEqual([first, second].sort());
    // What the jobs cost is on the bill of the batch that made them.
    expect([(await status(first)).paid_calls, (await status(second)).paid_calls]).toEqual([3, 0]);
  });

  it('[Q23] counts the calls that were answered as paid, as its jobs do, and no attempt besides', async () => {
    const [first = 0, second = 0] = await addReceipts(bench.db, 2);
    const batchId = await enqueue([first, second]);
    await start(first);
    // Three attempts that no agent answered are charged, and cost nothing.
    await bench.db.query('update pantry_queue.jobs set attempt = 3, attempts_charged = 3 where subject = $1', [first]);
    await fail(first);
    expect(await status(batchId)).toMatchObject({ paid_calls: 0 });
    await bench.queue.retryJob({ job_id: `ocr-${first}` }, asOwner);
    await finish(first);
    await finish(second);
    expect(await round()).toEqual([batchId]);
    expect(await status(batchId)).toMatchObject({ paid_calls: 2, ended_as: { paid_calls: 2 } });
  });

  it('[Q3] of receipts that were read before tells of no rate that it never had', async () => {
    const ids = await addReceipts(bench.db, 3);
    const [first = 0, second = 0, third = 0] = ids;
    await enqueue(ids);
    await finish(first);
    await finish(second);
    const batchId = await enqueue(ids);
    expect(await status(batchId)).toMatchObject({ rate_per_minute: 0, eta_s: null, progress: { finished: 2 } });
    await finish(third);
    await round();
    // One member ended in the second that such a batch is taken to have lived at least.
    expect((await status(batchId)).rate_per_minute).toBeGreaterThan(0);
    expect((await status(batchId)).rate_per_minute).toBeLessThanOrEqual(60);
  });

  it('[Q3] promises no end before a member’s next attempt, and none where nobody can tell', async () => {
    const [first = 0, second = 0] = await addReceipts(bench.db, 2);
    const batchId = await enqueue([first, second]);
    await finish(first);
    const eta = async () => (await status(batchId)).eta_s;
    expect(await eta()).toBeLessThan(60);
    await move(second, ['queued/worker', 'started/agent', 'deferred/backoff']);
    const wait = (until: string) =>
      bench.db.query(`update pantry_queue.jobs set next_attempt_at = ${until} where subject = $1`, [second]);
    await wait(`now() + interval '20 minutes'`);
    expect(await eta()).toBeGreaterThan(1_190);
    await wait('null');
    expect(await eta()).toBeNull();
    await wait(`now() + interval '1 second'`);
    expect(await eta()).not.toBeNull();
    await bench.queue.pauseQueue({ user_id: 1 }, asOwner);
    expect(await eta()).toBeNull();
    await bench.queue.resumeQueue({ user_id: 1 }, asOwner);
    expect(await eta()).not.toBeNull();
  });

  it('[Q3] still adds up when somebody has removed jobs from the database, and ends', async () => {
    const ids = await addReceipts(bench.db, 3);
    const batchId = await enqueue(ids);
    await bench.db.query('delete from pantry_queue.jobs where subject = any ($1)', [ids.slice(1)]);
    expect(await status(batchId)).toMatchObject({ total: 3, progress: { waiting: 1, gone: 2 } });
    await finish(ids[0] ?? 0);
    expect(await round()).toEqual([batchId]);
  });

  it('[Q3] is found among many by a round that looks at a few at a time', async () => {
    const ids = await addReceipts(bench.db, 7);
    const batches: string[] = [];
    for (const id of ids) batches.push(await enqueue([id]));
    await finish(ids[5] ?? 0);
    const walk: BatchWalk = { after: 0 };
    const ended: string[][] = [];
    for (let rounds = 0; rounds < 4; rounds++) ended.push(await endBatches(bench.db, walk, 2));
    expect(ended).toEqual([[], [], [batches[5]], []]);
    expect(walk).toEqual({ after: 0 });
  });

  it('[S1] of another user or tenant is answered like one that does not exist', async () => {
    const batchId = await enqueue(await addReceipts(bench.db, 1, 7));
    const as = (changes: Partial<Principal>) => ({ principal: { ...asOwner.principal, ...changes } });
    const scopes = new Set(['jobs:read'] as const);
    const refusal = (batch_id: string, context: typeof asOwner) =>
      bench.queue.getBatch({ batch_id }, context).then(
        () => 'answered',
        ({ code, message }) => [code, message.replace(batch_id, '<id>')],
      );
    const unknown = await refusal('batch-unknown', asOwner);
    expect(unknown).toEqual(['batch_not_found', 'There is no batch "<id>".']);
    for (const context of [as({ user: 2, scopes }), as({ tenant: 'other' })]) {
      expect(await refusal(batchId, context)).toEqual(unknown);
      expect((await bench.queue.listBatches({}, context)).batches).toEqual([]);
    }
    expect(await refusal(batchId, as({ user: 7, scopes }))).toBe('answered');
  });

  it('[Q3] stands in a list, newest first, whose pages neither skip nor repeat one', async () => {
    const batches: string[] = [];
    for (const id of await addReceipts(bench.db, 5)) batches.push(await enqueue([id]));
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await bench.queue.listBatches({ limit: 2, ...(cursor === undefined ? {} : { cursor }) }, asOwner);
      seen.push(...page.batches.map(({ batch_id }) => batch_id));
      // Accepted while somebody reads: before the first page.
      await enqueue(await addReceipts(bench.db, 1));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(batches.reverse());
  });
});
