import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import { problemOf } from '../../src/contract/problem.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));

/** How a table of the application may refer to receipts so that the database refuses their deletion. */
const KEYS = {
  'on delete no action': '',
  'on delete restrict': 'on delete restrict',
  'a key that is checked at the commit': 'deferrable initially deferred',
  'on delete set null where null is refused': 'on delete set null',
};

describe.each(Object.entries(KEYS))(
  '[Q25] delete_receipt of a receipt that another table refers to, %s',
  (_name, key) => {
    it.each(['waiting', 'withAgent', 'replied', 'finished', 'failed'] as const)(
      'while its job is %s: answers receipt_in_use and changes nothing; afterwards it is deleted',
      async (at) => {
        const { subject: receiptId } = await jobs[at]();
        await bench.db.query('drop table if exists public.expenses');
        await bench.db.query(
          `create table public.expenses (receipt_id integer not null references public.receipts (id) ${key})`,
        );
        await bench.db.query('insert into public.expenses values ($1)', [receiptId]);
        const state = async () => [
          await bench.queue.getReceipt({ receipt_id: receiptId }, asOwner),
          { ...(await bench.queue.getJobStatus({ job_id: `ocr-${receiptId}` }, asOwner)), eta_s: null },
          await bench.db.query('select from pantry_queue.tombstones where subject = $1', [receiptId]),
        ];
        const before = await state();

        const answer = await bench.queue.deleteReceipt({ receipt_id: receiptId }, asOwner).catch((error: unknown) => {
          if (isAppError(error)) return problemOf(error);
          throw error;
        });
        expect(answer).toMatchObject({
          code: 'receipt_in_use',
          status: 409,
          detail: `Rows of table expenses refer to receipt ${receiptId}.`,
          hint: expect.stringContaining('nothing was deleted'),
        });
        expect(await state()).toEqual(before);

        await bench.db.query('drop table public.expenses');
        expect(await bench.queue.deleteReceipt({ receipt_id: receiptId }, asOwner)).toMatchObject({ deleted: true });
      },
    );
  },
);
