import { describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { expectLedgerInOrder } from '../support/witness.ts';

const bench = useGate();

describe('[I8] [Q5] a receipt that is nobody’s', () => {
  it.each(['null', '0', '-5', '9007199254740993'])(
    'with user_id %s is none of the queue’s, and stops nobody else',
    async (owner) => {
      const { db, queue } = bench;
      await db.query('alter table public.receipts alter user_id drop not null, alter user_id type bigint');
      const [odd = 0, usual = 0] = await addReceipts(db, 2, 30_000);
      await db.query(`update public.receipts set user_id = ${owner} where id = $1`, [odd]);
      for (const call of [
        () => queue.getReceipt({ receipt_id: odd }, asOwner),
        () => queue.enqueueOcr({ receipt_id: odd }, asOwner),
        () => queue.updateReceipt({ receipt_id: odd, currency: 'EUR' }, asOwner),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'receipt_not_found' });
      }
      await expect(db.query('select pantry_queue.enqueue_ocr($1)', [odd])).rejects.toMatchObject({ code: 'PQ404' });
      await queue.enqueueOcr({ receipt_id: usual, user_id: 30_000 }, asOwner);
      await expectLedgerInOrder({ db });
    },
  );
});
