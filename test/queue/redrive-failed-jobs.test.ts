import { beforeEach, describe, expect, it } from 'vitest';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { keepRefusedReply, storeReply } from '../../src/ledger/replies.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { emptyLedger, failed, failOne } from '../support/failed-jobs.ts';
import { useGate } from '../support/gate.ts';
import { replyOf } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => emptyLedger(bench.db));

const redrive = (input: InputOf<'redriveFailedJobs'>) => bench.queue.redriveFailedJobs(input, asOwner);

/** Previews and confirms. @returns the bulk before its first slice */
async function begin(input: InputOf<'redriveFailedJobs'>) {
  const { confirm_token } = await redrive(input);
  const { bulk } = await redrive({ confirm_token });
  if (!bulk) throw new Error('a confirmation answers with a bulk');
  return bulk;
}
const bulkOf = (bulk_id: string) => bench.queue.getBulk({ bulk_id }, asOwner);
const jobsOf = (generation: number) =>
  bench.db.query<{ subject: number; priority: number; status: string }>(
    'select subject, priority, status from pantry_queue.jobs where generation = $1 order by job_no',
    [generation],
  );

describe('redrive_failed_jobs', () => {
  it('[Q9] accepts at once, and runs each again as a new generation of low priority', async () => {
    const receipts = await failed(bench.db, 3);
    const bulk = await begin({});
    expect(bulk).toMatchObject({ state: 'running', total: 3, done: 0, remaining: 3, eta_s: null });
    expect(await jobsOf(2)).toEqual([]);
    await bench.dispatch.sweep();
    expect(await bulkOf(bulk.bulk_id)).toMatchObject({ state: 'ended', done: 3, remaining: 0, reasons: [] });
    expect(await jobsOf(2)).toEqual(receipts.map((subject) => ({ subject, priority: 5, status: 'queued' })));
    expect(await bench.queue.queueInfo({}, asOwner)).toMatchObject({ failed_jobs: 0, queued_jobs: 3 });
    const { findings } = await verifyLedger(bench.db, { ledgerId: 'any', workflowIdPrefix: '' });
    expect(findings).toEqual([]);
  });

  it('[Q9] takes the priority that the preview was asked for', async () => {
    await failed(bench.db, 1);
    await begin({ priority: 'high' });
    await bench.dispatch.sweep();
    expect(await jobsOf(2)).toMatchObject([{ priority: 1 }]);
  });

  it('[Q9] starts no more a minute than it was asked to', async () => {
    await failed(bench.db, 5);
    const { bulk_id } = await begin({ rate_per_minute: 90 });
    const restOver = () => bench.db.query(`update pantry_queue.bulks set next_at = next_at - interval '1.34 seconds'`);
    for (const done of [2, 4, 5]) {
      await bench.dispatch.sweep();
      await bench.dispatch.sweep();
      expect(await bulkOf(bulk_id)).toMatchObject({ done, remaining: 5 - done });
      const [row] = await bench.db.query<{ rest_s: number }>(
        'select extract(epoch from next_at - now())::float8 as rest_s from pantry_queue.bulks',
      );
      if (done < 5) expect(row?.rest_s).toBeGreaterThan(0);
      await restOver();
    }
    expect(await bulkOf(bulk_id)).toMatchObject({ state: 'ended', rate_per_minute: 90 });
  });

  it('[Q9] skips doomed jobs with their code, and they hold up none of the others', async () => {
    const receipts = await failed(bench.db, 6);
    const [gone = 0, retried = 0, again = 0, imageless = 0] = receipts;
    const { bulk_id } = await begin({});
    await bench.queue.deleteReceipt({ receipt_id: gone }, asOwner);
    await bench.queue.retryJob({ job_id: `ocr-${retried}` }, asOwner);
    await bench.queue.retryJob({ job_id: `ocr-${again}` }, asOwner);
    await failOne(bench.db, again, 2);
    await bench.db.query(`update public.receipts set image_path = '' where id = $1`, [imageless]);
    await bench.dispatch.sweep();
    const bulk = await bulkOf(bulk_id);
    expect(bulk).toMatchObject({ state: 'ended', total: 6, done: 2, skipped: 4, failed: 0, remaining: 0 });
    expect([...bulk.reasons].sort((a, b) => a.code.localeCompare(b.code))).toEqual([
      { code: 'deleted', jobs: 1 },
      { code: 'image_missing', jobs: 1 },
      { code: 'retried', jobs: 2 },
    ]);
    expect((await jobsOf(2)).map(({ subject }) => subject).sort()).toEqual(
      [retried, again, ...receipts.slice(4)].sort(),
    );
  });

  it('[Q9] leaves a job alone that somebody else holds, and comes back for it', async () => {
    const [held = 0] = await failed(bench.db, 3);
    const { bulk_id } = await begin({});
    await bench.db.transaction(async (tx) => {
      await tx.query('select from pantry_queue.jobs where subject = $1 for update', [held]);
      await bench.dispatch.sweep();
      expect(await bulkOf(bulk_id)).toMatchObject({ state: 'running', done: 2, remaining: 1 });
    });
    await bench.dispatch.sweep();
    expect(await bulkOf(bulk_id)).toMatchObject({ state: 'ended', done: 3 });
  });

  it('[Q23] tells how many would call the agent, and how many have a reply that is paid already', async () => {
    const [paid = 0, refused = 0, changed = 0] = await failed(bench.db, 4);
    const runOf = (subject: number) => ({ kind: 'ocr', subject, generation: 1, runNo: 1 });
    await storeReply(bench.db, runOf(paid), 1, replyOf(paid));
    await keepRefusedReply(bench.db, runOf(refused), 1, { ...replyOf(refused), code: 'agent_mismatch' });
    await storeReply(bench.db, runOf(changed), 1, replyOf(changed));
    await bench.db.query(`update public.receipts set image_path = 'minio://receipts/new.jpg' where id = $1`, [changed]);
    expect(await redrive({})).toMatchObject({ would_affect: 4, cost: { agent_calls: 3, stored_replies: 1 } });
  });
});

describe('get_bulk', () => {
  it('answers what is none, and what somebody else began, like a bulk that does not exist', async () => {
    await failed(bench.db, 1);
    const { bulk_id } = await begin({});
    for (const asked of ['bulk-1', '\u0000', "' or 1=1"]) {
      await expect(bulkOf(asked)).rejects.toMatchObject({ code: 'bulk_not_found', fields: [{ pointer: '/bulk_id' }] });
    }
    const stranger = { principal: { ...asOwner.principal, user: 2, scopes: new Set(['jobs:read'] as const) } };
    const foreigner = { principal: { ...asOwner.principal, tenant: 'elsewhere' } };
    for (const who of [stranger, foreigner]) {
      await expect(bench.queue.getBulk({ bulk_id }, who)).rejects.toMatchObject({ code: 'bulk_not_found' });
    }
  });
});
