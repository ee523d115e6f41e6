import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GIVE_UP_AFTER_S } from '../../src/contract/policies.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
/** Callers of another program: connections without any setting of ours. */
let clients: pg.Client[] = [];
async function caller(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: bench.url });
  await client.connect();
  clients.push(client);
  return client;
}
let client: pg.Client;
beforeEach(async () => {
  client = await caller();
});
afterEach(async () => {
  await Promise.all(clients.map((each) => each.end()));
  clients = [];
});

const enqueue = async (on: pg.Client, id: number, more = '') =>
  (await on.query(`select * from pantry_queue.enqueue_ocr($1${more})`, [id])).rows;
const status = (id: number) => bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
const oneReceipt = async () => (await addReceipts(bench.db, 1))[0] ?? 0;
const fresh = (id: number) => [{ job_id: `ocr-${id}`, generation: 1, status: 'queued', deduplicated: false }];

describe('[Q22] pantry_queue.enqueue_ocr in a transaction of any SQL client', () => {
  it('makes the job with the commit, in the same transaction as the receipt', async () => {
    await client.query('begin');
    const { rows } = await client.query(
      `insert into public.receipts (user_id, image_path) values (7, 'minio://receipts/sql.jpg') returning id`,
    );
    const id = rows[0].id;
    expect(await enqueue(client, id, `, priority => 'high'`)).toEqual(fresh(id));
    await expect(status(id)).rejects.toMatchObject({ code: 'job_not_found' });
    await client.query('commit');
    expect(await status(id)).toMatchObject({ status: 'queued', priority: 'high', user_id: 7 });
    await bench.dispatch.tick();
    expect(await status(id)).toMatchObject({ status: 'queued', phase: 'worker' });
  });

  it('leaves nothing when the transaction rolls back', async () => {
    const id = await oneReceipt();
    await client.query('begin');
    await enqueue(client, id);
    await client.query('rollback');
    await expect(status(id)).rejects.toMatchObject({ code: 'job_not_found' });
    expect(await enqueue(client, id)).toEqual(fresh(id));
  });

  it('[Q2] answers with the job that is there, and with a new generation when it is forced or the last one failed', async () => {
    const id = await oneReceipt();
    await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    const same = { job_id: `ocr-${id}`, generation: 1, status: 'queued', deduplicated: true };
    expect(await enqueue(client, id)).toEqual([same]);
    await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
    expect(await enqueue(client, id)).toEqual([{ ...same, generation: 2, deduplicated: false }]);
  });

  it('gives the job its whole time, from the call and not from the beginning of the transaction', async () => {
    const id = await oneReceipt();
    await client.query('begin');
    await client.query('select pg_sleep(0.05)');
    await enqueue(client, id);
    const { rows } = await client.query(
      `select extract(epoch from give_up_at - created_at)::int as wait, created_at = state_since as at_once,
         created_at >= now() + interval '50 milliseconds' as after_the_sleep
       from pantry_queue.jobs where subject = $1`,
      [id],
    );
    await client.query('commit');
    expect(rows).toEqual([{ wait: GIVE_UP_AFTER_S, at_once: true, after_the_sleep: true }]);
  });

  it.each<[string, string, string, string, (id: number) => Promise<unknown>]>([
    [
      'no receipt',
      '',
      'PQ404',
      'receipt_not_found',
      (id) => bench.db.query('delete from public.receipts where id = $1', [id]),
    ],
    ['a receipt of somebody else', ', user_id => 99', 'PQ404', 'receipt_not_found', async () => undefined],
    [
      'a receipt without an image',
      '',
      'PQ422',
      'image_missing',
      (id) => bench.db.query(`update public.receipts set image_path = '' where id = $1`, [id]),
    ],
    [
      'another image',
      `, image_path => 'minio://receipts/no.jpg'`,
      'PQ409',
      'idempotency_conflict',
      async () => undefined,
    ],
    [
      'force on a live job',
      ', force => true',
      'PQ423',
      'job_active',
      (id) => bench.queue.enqueueOcr({ receipt_id: id }, asOwner),
    ],
    ['an unknown priority', `, priority => 'urgent'`, '22023', 'invalid_argument', async () => undefined],
  ])(
    'refuses %s with a state, a sentence and the code, and changes nothing',
    async (_what, more, code, detail, prepare) => {
      const id = await oneReceipt();
      await prepare(id);
      const before = await bench.db.query('select count(*)::int as n from pantry_queue.events');
      const error = await enqueue(client, id, more).then(
        () => undefined,
        (thrown: pg.DatabaseError) => thrown,
      );
      expect(error).toMatchObject({ code, detail });
      expect(error?.message).toMatch(/^[A-Za-z].*\.$/);
      expect(await bench.db.query('select count(*)::int as n from pantry_queue.events')).toEqual(before);
    },
  );

  it('[Q2] makes one job when many transactions ask at once, and none of them sees a broken rule', async () => {
    const id = await oneReceipt();
    const others = await Promise.all(Array.from({ length: 8 }, caller));
    const answers = await Promise.all(others.map((other) => enqueue(other, id)));
    expect(answers.flat().filter((answer) => !answer.deduplicated)).toHaveLength(1);
    expect(new Set(answers.flat().map((answer) => answer.job_id))).toEqual(new Set([`ocr-${id}`]));
  });

  it('holds up nobody while its transaction stays open, except who asks for the same receipt, and that for a second', async () => {
    const [held = 0, free = 0] = await addReceipts(bench.db, 2);
    await client.query('begin');
    await enqueue(client, held);
    const other = await caller();
    expect(await enqueue(other, free)).toEqual(fresh(free));
    await expect(enqueue(other, held)).rejects.toMatchObject({ code: '55P03' });
    expect(
      await bench.queue.enqueueOcr({ receipt_id: (await addReceipts(bench.db, 1))[0] ?? 0 }, asOwner),
    ).toMatchObject({
      deduplicated: false,
    });
    await client.query('commit');
    expect(await enqueue(other, held)).toMatchObject([{ deduplicated: true }]);
  });

  it('asks a REPEATABLE READ transaction that cannot see the other’s job to begin again', async () => {
    const id = await oneReceipt();
    await client.query('begin isolation level repeatable read');
    await client.query('select 1 from public.receipts limit 1');
    await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
    await expect(enqueue(client, id)).rejects.toMatchObject({ code: '40001' });
    await client.query('rollback');
  });

  it.each([
    ['read only', 'begin read only', '25006'],
    ['aborted', 'begin; select 1/0', '25P02'],
  ])('is refused by the database in a transaction that is %s', async (_name, begin, code) => {
    const id = await oneReceipt();
    for (const statement of begin.split('; ')) await client.query(statement).catch(() => {});
    await expect(enqueue(client, id)).rejects.toMatchObject({ code });
  });

  it('queues a receipt that was inserted while triggers were off', async () => {
    await client.query('set session_replication_role = replica');
    const { rows } = await client.query(
      `insert into public.receipts (user_id, image_path) values (7, 'minio://receipts/bulk.jpg') returning id`,
    );
    await client.query('reset session_replication_role');
    expect(await enqueue(client, rows[0].id)).toEqual(fresh(rows[0].id));
  });
});

describe('[Q22] pantry_queue.enqueue_ocr_batch', () => {
  const batch = async (ids: readonly number[], more = '') =>
    (await client.query(`select * from pantry_queue.enqueue_ocr_batch($1${more})`, [ids])).rows;

  it('accepts all, each once and in order, as one batch', async () => {
    const [first = 0, second = 0, third = 0] = await addReceipts(bench.db, 3);
    await bench.queue.enqueueOcr({ receipt_id: second }, asOwner);
    expect(await batch([third, second, first, third])).toEqual(
      [third, second, first].map((id) => ({
        receipt_id: String(id),
        job_id: `ocr-${id}`,
        generation: 1,
        deduplicated: id === second,
      })),
    );
    expect(await status(third)).toMatchObject({ batch_id: expect.stringMatching(/^batch-/) });
  });

  it('accepts none where one is refused', async () => {
    const [first = 0] = await addReceipts(bench.db, 1);
    await expect(batch([first, 2 ** 40])).rejects.toMatchObject({ code: 'PQ404', detail: 'receipt_not_found' });
    await expect(status(first)).rejects.toMatchObject({ code: 'job_not_found' });
    await expect(batch([])).rejects.toMatchObject({ code: '22023' });
  });
});

it('the ledger is in order after all of it', async () => {
  const { findings } = await verifyLedger(bench.db, { ledgerId: await readLedgerId(bench.db), workflowIdPrefix: '' });
  expect(findings).toEqual([]);
});
