import { beforeAll, describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/contract/principal.ts';
import { insertReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();

/** The owner of another tenant: all scopes, and the same user number. */
const asB: CallContext = { principal: { ...asOwner.principal, tenant: 'tenant-b' } };
const UNKNOWN = 2 ** 40;

let ofA = 0;
let ofB = 0;
beforeAll(async () => {
  // A number that stands in no sentence by chance.
  await bench.db.query(`select setval('public.receipts_id_seq', 54321)`);
  const receiptOf = ({ principal }: CallContext) =>
    insertReceipt(bench.db.as(principal.tenant), {
      tenant: principal.tenant,
      userId: principal.user,
      imagePath: `minio://receipts/${principal.tenant}.jpg`,
      purchaseDate: undefined,
      sha256: 's',
      bytes: 1,
      allowDuplicate: true,
    });
  ofA = (await receiptOf(asOwner)).receiptId;
  ofB = (await receiptOf(asB)).receiptId;
  await bench.queue.enqueueOcr({ receipt_id: ofA }, asOwner);
});

const CALLS: Readonly<Record<string, (id: number, context: CallContext) => Promise<unknown>>> = {
  enqueue_ocr: (receipt_id, context) => bench.queue.enqueueOcr({ receipt_id }, context),
  enqueue_batch_ocr: (id, context) => bench.queue.enqueueBatchOcr({ receipt_ids: [id] }, context),
  get_job_status: (id, context) => bench.queue.getJobStatus({ job_id: `ocr-${id}` }, context),
  'get_job_status, waiting': (id, context) =>
    bench.queue.getJobStatus({ job_id: `ocr-${id}`, wait_seconds: 1 }, context),
  get_result: (id, context) => bench.queue.getResult({ job_id: `ocr-${id}` }, context),
  create_task: (id, context) => bench.queue.createTask({ job_id: `ocr-${id}` }, context),
  cancel_job: (id, context) => bench.queue.cancelJob({ job_id: `ocr-${id}` }, context),
  retry_job: (id, context) => bench.queue.retryJob({ job_id: `ocr-${id}` }, context),
  get_receipt: (receipt_id, context) => bench.queue.getReceipt({ receipt_id }, context),
  update_receipt: (receipt_id, context) => bench.queue.updateReceipt({ receipt_id, merchant_name: 'Mine' }, context),
  submit_review: (receipt_id, context) => bench.queue.submitReview({ receipt_id, confirm: true }, context),
  delete_receipt: (receipt_id, context) => bench.queue.deleteReceipt({ receipt_id }, context),
};

/** An error without the id that it names. */
async function answerOf(
  id: number,
  call: (id: number, context: CallContext) => Promise<unknown>,
  context: CallContext,
) {
  const error = await call(id, context).then(
    () => undefined,
    (thrown: { code: string; message: string }) => thrown,
  );
  return error && { code: error.code, message: error.message.replaceAll(String(id), 'ID') };
}

describe('[S1] [S3] [I9] a receipt of another tenant', () => {
  it.each(Object.entries(CALLS))(
    'is answered like an unknown one by %s, and nothing happens to it',
    async (_name, call) => {
      const answer = await answerOf(ofA, call, asB);
      expect(answer).toEqual(await answerOf(UNKNOWN, call, asB));
      expect(answer?.code).toMatch(/_not_found$/);
      expect(await bench.queue.getJobStatus({ job_id: `ocr-${ofA}` }, asOwner)).toMatchObject({ status: 'queued' });
    },
  );

  it('is answered so to the default tenant too', async () => {
    for (const call of [CALLS.enqueue_ocr, CALLS.enqueue_batch_ocr, CALLS.get_receipt]) {
      if (call) expect((await answerOf(ofB, call, asOwner))?.code).toBe('receipt_not_found');
    }
  });

  it('is in no list, no count and no batch of what is pending', async () => {
    const ids = async (context: CallContext) =>
      (await bench.queue.listReceipts({ user_id: 1 }, context)).receipts.map(({ id }) => id);
    expect([await ids(asOwner), await ids(asB)]).toEqual([[ofA], [ofB]]);
    expect(await bench.queue.queueInfo({}, asB)).toMatchObject({ count: 0, by_owner: [] });
    expect(await bench.queue.enqueueBatchOcr({ pending: true, user_id: 1 }, asB)).toMatchObject({
      total: 1,
      queued: 1,
    });
    expect(await bench.queue.queueInfo({}, asB)).toMatchObject({ count: 1 });
    expect(await bench.queue.queueInfo({}, asOwner)).toMatchObject({ count: 1 });
  });

  it('is accepted beside one of this tenant when both are asked for at the same moment', async () => {
    const forced = [1, 2, 3].flatMap(() => [
      bench.queue.enqueueOcr({ receipt_id: ofA }, asOwner),
      bench.queue.enqueueOcr({ receipt_id: ofB }, asB),
    ]);
    expect((await Promise.all(forced)).map(({ job_id }) => job_id)).toEqual(
      [1, 2, 3].flatMap(() => [`ocr-${ofA}`, `ocr-${ofB}`]),
    );
  });

  it('is run by the one gate that all tenants share', async () => {
    await beatAs(bench.db, 'w', 10);
    await bench.dispatch.tick();
    const phases = await Promise.all([
      bench.queue.getJobStatus({ job_id: `ocr-${ofA}` }, asOwner),
      bench.queue.getJobStatus({ job_id: `ocr-${ofB}` }, asB),
    ]);
    expect(phases.map(({ phase }) => phase)).toEqual(['worker', 'worker']);
  });
});
