import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { type PythonCaller, psycopg, startPythonCaller } from '../support/psycopg.ts';

const missing = 'missing' in psycopg ? psycopg.missing : undefined;
if (missing !== undefined) process.stderr.write(`Skipped: ${missing}\n`);

const bench = useGate();
let python: PythonCaller;
beforeEach(async () => {
  if ('missing' in psycopg) return;
  python = await startPythonCaller(psycopg, bench.url);
});
afterEach(() => python?.close());

/** As docs/sql.md writes it. */
const ENQUEUE = `select job_id, deduplicated from pantry_queue.enqueue_ocr(%s, priority => 'high')`;
const fresh = (id: unknown) => [{ job_id: `ocr-${id}`, deduplicated: false }];
const status = (id: unknown) => bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
const unknown = { code: 'job_not_found' };
const oneReceipt = async () => (await addReceipts(bench.db, 1))[0] ?? 0;

async function newReceipt(): Promise<number> {
  const rows = await python.execute(
    `insert into public.receipts (user_id, image_path) values (7, 'minio://receipts/python.jpg') returning id`,
  );
  const [row] = rows as { id: number }[];
  return row?.id ?? 0;
}

describe.skipIf(missing !== undefined)('[Q22] a Python program that queues inside its own transaction', () => {
  it('has receipt and job with its commit, and neither before', async () => {
    const id = await newReceipt();
    expect(await python.execute(ENQUEUE, [id])).toEqual(fresh(id));
    await expect(status(id)).rejects.toMatchObject(unknown);
    await python.commit();
    expect(await status(id)).toMatchObject({ status: 'queued', priority: 'high', user_id: 7 });
  });

  it('leaves neither receipt nor job when it rolls back', async () => {
    const id = await newReceipt();
    await python.execute(ENQUEUE, [id]);
    await python.rollback();
    await expect(status(id)).rejects.toMatchObject(unknown);
    expect(await bench.db.query('select from public.receipts where id = $1', [id])).toEqual([]);
  });

  it('[Q2] is told of the job that is there', async () => {
    const id = await oneReceipt();
    await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    expect(await python.execute(ENQUEUE, [id])).toEqual([{ job_id: `ocr-${id}`, deduplicated: true }]);
  });

  it.each(['REPEATABLE_READ', 'SERIALIZABLE'] as const)('queues under %s', async (level) => {
    await python.isolate(level);
    const id = await newReceipt();
    expect(await python.execute(ENQUEUE, [id])).toEqual(fresh(id));
    await python.commit();
    expect(await status(id)).toMatchObject({ status: 'queued' });
  });

  it('is asked to begin again under REPEATABLE READ when somebody else has queued the receipt since', async () => {
    const id = await oneReceipt();
    await python.isolate('REPEATABLE_READ');
    await python.execute('select 1 from public.receipts limit 1');
    await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    expect(await python.execute(ENQUEUE, [id])).toMatchObject({ error: { sqlstate: '40001' } });
    await python.rollback();
    expect(await python.execute(ENQUEUE, [id])).toEqual([{ job_id: `ocr-${id}`, deduplicated: true }]);
  });

  it('reads why it was refused, with the code and the next step, and what it did before a savepoint stays', async () => {
    const id = await newReceipt();
    await python.execute(ENQUEUE, [id]);
    await python.execute('savepoint before');
    expect(await python.execute(ENQUEUE, [id + 1_000])).toEqual({
      error: {
        sqlstate: 'PQ404',
        message: `There is no receipt ${id + 1_000}.`,
        detail: 'receipt_not_found',
        hint: 'Insert the receipt first; its row must be visible to this transaction.',
      },
    });
    expect(await python.execute(ENQUEUE, [id])).toMatchObject({ error: { sqlstate: '25P02' } });
    await python.execute('rollback to before');
    await python.commit();
    expect(await status(id)).toMatchObject({ status: 'queued' });
  });

  it('holds up no other caller while its transaction stays open', async () => {
    const held = await newReceipt();
    await python.execute(ENQUEUE, [held]);
    const [one = 0, ...more] = await addReceipts(bench.db, 20);
    expect(await bench.queue.enqueueOcr({ receipt_id: one }, asOwner)).toMatchObject({ deduplicated: false });
    expect(await bench.queue.enqueueBatchOcr({ receipt_ids: more }, asOwner)).toMatchObject({ queued: more.length });
    const other = await startPythonCaller(psycopg as Exclude<typeof psycopg, { missing: string }>, bench.url);
    const id = await oneReceipt();
    expect(await other.execute(ENQUEUE, [id])).toEqual(fresh(id));
    await other.close();
    // All of them are done, and only now does it end.
    await python.commit();
    expect(await status(held)).toMatchObject({ status: 'queued' });
    const report = await verifyLedger(bench.db, { ledgerId: await readLedgerId(bench.db), workflowIdPrefix: '' });
    expect(report.findings).toEqual([]);
  });
});
