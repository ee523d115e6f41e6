import { beforeAll, describe, expect, it } from 'vitest';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { reasonOf } from '../../src/contract/review-reasons.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

const bench = useGate();
beforeAll(() => beatAs(bench.db, 'w1', 1_000));

const READ = { merchant_name: 'Corner Shop', purchase_date: '2026-01-30', total_amount: '12.50', currency: 'EUR' };
type Metadata = Parameters<typeof replyFor>[1];

let users = 100;
const newUser = () => ++users;
const newReceipt = async (user: number) => (await addReceipts(bench.db, 1, user))[0] ?? 0;

/** Reads a receipt up to its stored reply. */
async function replied(receiptId: number, metadata: Metadata, force = false): Promise<RunKey> {
  const { generation, user_id } = await bench.queue.enqueueOcr({ receipt_id: receiptId, force }, asOwner);
  const run: RunKey = { ...ocrOf(receiptId), generation, runNo: 1 };
  await bench.dispatch.tick();
  await markProcessing(bench.db, await readLedgerId(bench.db), run);
  await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' });
  const request = { receipt_id: receiptId, image_path: '', user_id, job_id: '' };
  await storeReply(bench.db, run, 1, { bytes: bytesOf(replyFor(request, metadata)), agentMs: 1 });
  return run;
}
const save = async (run: RunKey) =>
  expect(await saveResult(bench.db, run, { defaultCurrency: 'EUR' })).toEqual({ current: true });

async function read(user: number, metadata: Metadata = READ): Promise<number> {
  const id = await newReceipt(user);
  await save(await replied(id, metadata));
  return id;
}

/** Saves that wait for another of the same purchase. */
async function waitingForTwins(): Promise<number> {
  const rows = await bench.db.query(
    `select 1 as one from pg_locks where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows.length;
}

/** Which receipts one is suspected to repeat, as the receipt and its job say. */
async function suspected(receipt_id: number): Promise<number[]> {
  const receipt = await bench.queue.getReceipt({ receipt_id }, asOwner);
  const { result } = await bench.queue.getJobStatus({ job_id: `ocr-${receipt_id}` }, asOwner);
  expect(result).toMatchObject({ needs_review: receipt.needs_review, review_reasons: receipt.review_reasons });
  const reasons = receipt.review_reasons.filter(({ code }) => code === 'possible_duplicate');
  const others = reasons.map(({ data }) => (data as { receipt_id: number }).receipt_id);
  expect(reasons).toEqual(others.map((other) => reasonOf('possible_duplicate', { receipt_id: other })));
  if (others.length > 0) expect(receipt.needs_review).toBe(true);
  return others;
}

describe('[O6] a receipt with the merchant, day, total and currency of another', () => {
  it('[O6] is marked for review with that one named, and the first one is not', async () => {
    const user = newUser();
    const first = await read(user);
    const second = await read(user, { ...READ, merchant_name: 'CORNER  SHOP GmbH', total_amount: '12.5' });
    expect([await suspected(first), await suspected(second)]).toEqual([[], [first]]);
  });

  it.each<[string, Metadata]>([
    ['merchant', { ...READ, merchant_name: 'Corner Shop 2' }],
    ['day', { ...READ, purchase_date: '2026-01-29' }],
    ['total', { ...READ, total_amount: '12.51' }],
    ['currency', { ...READ, currency: 'CHF' }],
  ])('[O6] is none where the %s is another', async (what, other) => {
    const user = newUser();
    // The day that the application has given would stay.
    await bench.db.query(`alter table public.receipts alter column purchase_date drop not null`);
    const [one, two] = await addReceipts(bench.db, 2, user);
    await bench.db.query('update public.receipts set purchase_date = null where id = any ($1)', [[one, two]]);
    await save(await replied(one ?? 0, READ));
    await save(await replied(two ?? 0, other));
    expect([what, await suspected(two ?? 0)]).toEqual([what, []]);
  });

  it.each<[string, Metadata]>([
    ['merchant', { ...READ, merchant_name: null }],
    ['total', { ...READ, total_amount: null }],
  ])('[O6] is none where no %s was read', async (_what, metadata) => {
    const user = newUser();
    await read(user, metadata);
    expect(await suspected(await read(user, metadata))).toEqual([]);
  });

  it('[O6] is found when both are saved at the same moment: the second waits for the first to be committed', async () => {
    const [first = 0, second = 0] = await addReceipts(bench.db, 2, newUser());
    const runs = [await replied(first, READ), await replied(second, READ)] as const;
    const later = await bench.db.transaction(async (tx) => {
      const inside = { ...bench.db, query: tx.query };
      expect(await saveResult(inside, runs[0], { defaultCurrency: 'EUR' })).toEqual({ current: true });
      const saving = save(runs[1]);
      await expect.poll(waitingForTwins, { timeout: 20_000 }).toBe(1);
      return { saving };
    });
    await later.saving;
    expect([await suspected(first), await suspected(second)]).toEqual([[], [first]]);
  });

  it('[O6] is compared by what a person has set, and not by what was read', async () => {
    const user = newUser();
    const first = await read(user);
    const other = await newReceipt(user);
    await bench.queue.updateReceipt({ receipt_id: other, total_amount: '99.00' }, asOwner);
    await save(await replied(other, READ));
    expect(await suspected(other)).toEqual([]);
    const same = await newReceipt(user);
    await bench.queue.updateReceipt({ receipt_id: same, merchant_name: 'corner shop' }, asOwner);
    await save(await replied(same, { ...READ, merchant_name: 'Smudge' }));
    expect(await suspected(same)).toEqual([first]);
  });

  it('[O6] does not put the first one in doubt when that is read again', async () => {
    const user = newUser();
    const first = await read(user);
    await read(user);
    await save(await replied(first, READ, true));
    expect(await suspected(first)).toEqual([]);
  });

  it('[O6] is asked about once: where a person has accepted it, neither of the two is in doubt again', async () => {
    const user = newUser();
    const [first, second] = [await read(user), await read(user)];
    expect(await suspected(second)).toEqual([first]);
    await bench.queue.submitReview({ receipt_id: second, confirm: true }, asOwner);
    for (const id of [second, first]) {
      await save(await replied(id, READ, true));
      expect(await suspected(id)).toEqual([]);
    }
  });

  it('[O6] [S1] is of the same user and tenant', async () => {
    const [user, other] = [newUser(), newUser()];
    const first = await read(user);
    expect(await suspected(await read(other))).toEqual([]);
    await bench.db.query(`update pantry_queue.receipt_state set tenant_id = 'elsewhere' where receipt_id = $1`, [
      first,
    ]);
    expect(await suspected(await read(user))).toEqual([]);
  });

  it('[O6] is none of one that was deleted', async () => {
    const user = newUser();
    await bench.queue.deleteReceipt({ receipt_id: await read(user) }, asOwner);
    expect(await suspected(await read(user))).toEqual([]);
  });
});
