import { afterEach, describe, expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/queue-state.ts';
import { type VerifyOptions, verifyLedger } from '../../src/verify/verify.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/installation.ts';
import { createJobs } from './jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));

async function verify(options: Partial<VerifyOptions> = {}) {
  return verifyLedger(bench.db, {
    ledgerId: await readLedgerId(bench.db),
    workflowIdPrefix: '',
    settleMs: 0,
    ...options,
  });
}

/** Empties everything: what one test broke is not the next one's finding. */
async function wipe() {
  await bench.db.query('drop trigger if exists guard_job on pantry_queue.jobs');
  await bench.db.query(
    `truncate pantry_queue.jobs, pantry_queue.replies, pantry_queue.events, pantry_queue.commands, pantry_queue.workers,
     pantry_queue.counters, pantry_queue.batches, public.receipts cascade`,
  );
  await bench.db.query(`create trigger guard_job before update on pantry_queue.jobs for each row
    when (old.status is distinct from new.status or old.phase is distinct from new.phase)
    execute function pantry_queue.guard_job()`);
  bench.engine.known.clear();
}
afterEach(wipe);

describe('a queue that is well', () => {
  it('has nothing lost, doubled, stale or wrong', async () => {
    const finished = await jobs.finished();
    await jobs.failed();
    await jobs.replied();
    await jobs.withAgent();
    const canceled = await jobs.waiting();
    await bench.queue.cancelJob({ job_id: `ocr-${canceled.receiptId}` }, asOwner);
    await bench.queue.enqueueOcr({ receipt_id: finished.receiptId, force: true }, asOwner);
    await jobs.waiting();
    const report = await verify();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, jobs: 7, totals: { lost: 0, doubled: 0, stale: 0, wrong: 0 } });
  });
});
