import { expect, it } from 'vitest';
import { oldestQueued } from '../../src/ledger/insight/problems.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();

it('[Q4] names the jobs of one batch in their order, wherever their rows lie', async () => {
  const ids = await addReceipts(bench.db, 3, 1);
  await bench.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
  // Each gets a new version of its row, at another place: that of the first lies last.
  for (const id of ids.toReversed()) {
    await bench.db.query('update pantry_queue.jobs set priority = 5 where subject = $1', [id]);
  }
  expect(await oldestQueued(bench.db, 'default')).toEqual(ids.map((id) => `ocr-${id}`));
});
