import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHttpAgent } from '../../src/agent/http-agent.ts';
import { readingIn } from '../../src/contract/fields.ts';
import { addReceipts } from '../support/db.ts';
import { type HttpAgent, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { expectFault } from '../support/log.ts';
import { ODD_VALUES, withField } from '../support/odd-replies.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';

expectFault(/^ledger\.step_failed: x is undefined$/);

const bodies = new Map<number, (id: number) => string>();
const faults = new Map<number, () => unknown>();
/** Receipts that are deleted while the agent reads them. */
const deletions = new Set<number>();
let queue: Installation;
let http: HttpAgent;

beforeAll(async () => {
  queue = await createInstallation({
    wrap: {
      db: (db) => ({
        ...db,
        query(text, values) {
          const fault = faults.get(Number(values?.[1]));
          if (fault && text.includes('insert into public.receipt_items')) return Promise.reject(fault());
          return db.query(text, values);
        },
      }),
      engine: (engine) => engine,
    },
  });
  http = await startHttpAgent(async ({ receipt_id: id }, response) => {
    if (deletions.has(id)) await queue.db.query('delete from public.receipts where id = $1', [id]);
    response.writeHead(200).end(bodies.get(id)?.(id));
  });
  await queue.work(createHttpAgent({ url: http.url }));
});
afterAll(async () => {
  await queue.dispose();
  await http.close();
});

const sound = (id: number) => replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' });
const calls = (id: number) => http.log.filter((entry) => entry.receiptId === id).length;
const ended = (id: number) => queue.waitFor(`ocr-${id}`, (job) => job.ended_at !== null, 55_000);

async function readWith(body: (id: number) => string): Promise<number> {
  const [id = 0] = await addReceipts(queue.db, 1);
  bodies.set(id, body);
  await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  return id;
}

it.concurrent.each([
  ['metadata.total_amount', 'a float that is not exact', 'total_amount 3.3333333333333335 was rounded to 3.33'],
  ['metadata.purchase_date', 'a date with two readings', 'purchase_date "12/03/2026" has more than one reading'],
  ['metadata.confidence', 'percent', 'confidence 95 was read as 0.95'],
  ['metadata.currency', 'missing', 'no currency was read: VND is the default'],
  ['metadata.total_amount', 'a number beyond the column', 'total_amount 123456789.99 is out of range'],
  ['items.0.quantity', 'a quantity with its unit', 'quantity of item 1 "2 kg" was read as 2'],
  ['items', 'null', 'items is null: no items were read'],
  ['items.0.item_name', 'null', 'item 1 has no name'],
])('[K5] one odd field costs no second call: %s is %s', async (field, odd, reason) => {
  const id = await readWith((receipt) => JSON.stringify(withField(sound(receipt), field, ODD_VALUES[odd])));
  const job = await ended(id);
  const result = readingIn(job);
  expect(job.status).toBe('finished');
  expect(result?.needs_review).toBe(true);
  expect(result?.review_reasons.map(({ message }) => message).join('\n')).toContain(reason);
  expect(calls(id)).toBe(1);
});

it.concurrent.each([
  ['"total_amount":"12.50"', '"total_amount":"12.50","total_amount":"1250.00"', '"total_amount" stands twice'],
  ['"purchase_date":"2026-01-30"', '"purchase_date":"2098-01-30"', 'cannot be a day of purchase'],
  ['"total_amount":"12.50"', '"total_amount":"US$ 12.50"', 'was read as 12.50'],
  ['"total_amount":"12.50"', '"total_amount":"12.50 EUR-"', 'was read as -12.50'],
  ['"receipt_id"', '"receipt_id":{"toString":1},"id"', 'does not name its receipt'],
])(
  '[I17] what is wrong in a reply is saved with a reason, and costs no second call: %s as %s',
  async (was, odd, reason) => {
    const id = await readWith((receipt) => JSON.stringify(sound(receipt)).replace(was, odd));
    const job = await ended(id);
    expect(job.status).toBe('finished');
    expect(
      readingIn(job)
        ?.review_reasons.map(({ message }) => message)
        .join('\n'),
    ).toContain(reason);
    expect(calls(id)).toBe(1);
  },
);

it.concurrent('[B8] a total beyond its column stays in the result, and the column is empty', async () => {
  const id = await readWith((receipt) =>
    JSON.stringify(withField(sound(receipt), 'metadata.total_amount', '250000000')),
  );
  expect((await ended(id)).result?.total_amount).toBe('250000000');
  expect((await queue.queue.getReceipt({ receipt_id: id }, asOwner)).total_amount).toBeNull();
});

it.concurrent('[K5] what is no reply at all is asked for once more, and kept for the operator', async () => {
  const id = await readWith(() => '<html>busy</html>');
  expect((await ended(id)).error?.code).toBe('agent_bad_response');
  expect(calls(id)).toBe(2);
  const kept = await queue.db.query(
    `select convert_from(raw, 'UTF8') as body, refused from pantry_queue.replies where job_no in (select job_no from pantry_queue.jobs where subject = $1)`,
    [id],
  );
  expect(kept).toEqual([{ body: '<html>busy</html>', refused: 'agent_bad_response' }]);
});

it.concurrent('[Q23] a usable reply takes the place of one that was refused', async () => {
  let first = true;
  const id = await readWith((receipt) => {
    const body = first ? 'not yet' : JSON.stringify(sound(receipt));
    first = false;
    return body;
  });
  expect(await ended(id)).toMatchObject({ status: 'finished', attempts_charged: 1 });
});

it.concurrent('[I5] a step that fails by a fault of our own ends its job after a few tries', async () => {
  const [id = 0] = await addReceipts(queue.db, 1);
  faults.set(id, () => new TypeError('x is undefined'));
  bodies.set(id, (receipt) => JSON.stringify(sound(receipt)));
  await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  expect(await ended(id)).toMatchObject({ status: 'failed', error: { code: 'internal' } });
  expect(calls(id)).toBe(1);
});

it.concurrent('[I5] a refused save ends its job with the rule; a retry pays nothing and saves the reply', async () => {
  const [id = 0] = await addReceipts(queue.db, 1);
  await queue.db.transaction((tx) =>
    tx.execute(`alter table public.receipts add constraint not_${id} check (id <> ${id} or total_amount is null)`),
  );
  bodies.set(id, (receipt) => JSON.stringify(sound(receipt)));
  await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  const failed = await ended(id);
  expect(failed.error).toMatchObject({ code: 'result_not_storable', retryable: true });
  expect(failed.exc_info).toContain(`not_${id}`);
  await queue.db.transaction((tx) => tx.execute(`alter table public.receipts drop constraint not_${id}`));
  await queue.queue.retryJob({ job_id: `ocr-${id}` }, asOwner);
  expect(await queue.waitFor(`ocr-${id}`, (job) => job.generation === 2 && job.ended_at !== null)).toMatchObject({
    status: 'finished',
    attempts: 0,
    result: { total_amount: '12.50' },
  });
  expect(calls(id)).toBe(1);
});

it.concurrent('[Q25] a receipt that is deleted while the agent reads it ends its job, and nothing of it is kept', async () => {
  const [id = 0] = await addReceipts(queue.db, 1);
  deletions.add(id);
  bodies.set(id, (receipt) => JSON.stringify(sound(receipt)));
  await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  expect((await ended(id)).error?.code).toBe('receipt_deleted');
  expect(calls(id)).toBe(1);
  expect(
    await queue.db.query(
      'select from pantry_queue.replies where job_no in (select job_no from pantry_queue.jobs where subject = $1)',
      [id],
    ),
  ).toEqual([]);
});
