import { afterEach, describe, expect, it } from 'vitest';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { jobKinds } from '../../src/jobs/index.ts';
import type { Queryable } from '../../src/ledger/connection/queryable.ts';
import type { Db } from '../../src/ledger/db.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { type CheckName, checksOf } from '../../src/verify/checks.ts';
import { proveJob } from '../../src/verify/job-proof.ts';
import { type VerifyOptions, verifyLedger } from '../../src/verify/verify.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { BREAKS, LIVE_AT_ONCE } from './breaks.ts';
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
     pantry_queue.counters, pantry_queue.failures, pantry_queue.arrivals, pantry_queue.history, pantry_queue.batches, public.receipts cascade`,
  );
  await bench.db.query(
    'truncate pantry_queue.tombstones, pantry_queue.schedules, pantry_queue.webhooks, pantry_queue.deliveries, pantry_queue.bulks, pantry_queue.bulk_jobs, pantry_queue.paid_calls, pantry_queue.costs, pantry_queue.budgets, pantry_queue.caps, pantry_queue.dependencies',
  );
  await bench.db.query('delete from pantry_queue.audit');
  await bench.db.query(`update pantry_queue.audit_head set last_no = 0, last_hash = ''`);
  await bench.db.query('update pantry_queue.breaker set next_probe_at = null');
  await bench.db.query(`create trigger guard_job before update on pantry_queue.jobs for each row
    when (old.status is distinct from new.status or old.phase is distinct from new.phase)
    execute function pantry_queue.guard_job()`);
  await bench.db.query(LIVE_AT_ONCE);
  await bench.db.query(`alter table pantry_queue.jobs add constraint one_live_generation
    check (not (superseded and status not in ('finished', 'failed', 'canceled')))`);
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
    await bench.queue.cancelJob({ job_id: `ocr-${canceled.subject}` }, asOwner);
    await bench.queue.enqueueOcr({ receipt_id: finished.subject, force: true }, asOwner);
    await jobs.waiting();
    await bench.queue.enqueueBatchOcr({ receipt_ids: [finished.subject, canceled.subject] }, asOwner);
    const ofEnded = { receipt_ids: [(await jobs.finished()).subject] };
    await bench.queue.enqueueBatchOcr(ofEnded, asOwner);
    await bench.dispatch.sweep();
    const report = await verify();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ ok: true, jobs: 9, totals: { lost: 0, doubled: 0, stale: 0, wrong: 0 } });
  });
});

async function broken(from: keyof typeof jobs, sql: readonly string[]): Promise<RunKey> {
  await jobs.finished();
  const run = await jobs[from]();
  for (const each of sql) await bench.db.query(each, each.includes('$1') ? [run.subject] : []);
  return run;
}

describe('what is broken on purpose', () => {
  it.each(BREAKS)('%s is found', async (check, from, ...sql) => {
    const { subject: receiptId } = await broken(from, sql);
    const report = await verify();
    const found = report.findings.find((finding) => finding.check === check);
    expect(report.findings.map((finding) => finding.check)).toContain(check);
    expect(report.ok).toBe(false);
    expect(found?.fault).toBe(checksOf(jobKinds)[check]?.fault);
    expect(report.totals[found?.fault ?? 'wrong']).toBeGreaterThan(0);
    // Where the job's row is gone, its number is all that is known.
    if (check === 'job_vanished') expect(found?.ids.join()).toMatch(/^job number \d+$/);
    else if (
      !['counters', 'failure_count', 'history_count', 'breaker_row', 'breaker_overdue', 'audit_chain'].includes(check)
    )
      expect(found?.ids.join()).toContain(String(receiptId));
  });

  it('an image that is not in the store is found', async () => {
    const { subject: receiptId } = await jobs.finished();
    const report = await verify({ images: { exists: async () => false } });
    expect(report.findings).toMatchObject([{ check: 'image_missing', count: 1, ids: [`receipt ${receiptId}`] }]);
    expect(await verify({ images: { exists: async () => true } })).toMatchObject({ ok: true, images: 1 });
  });
});

/** More than two pages of jobs and twelve of images, none with an event. */
const MANY = 12_000;

describe('a ledger of any size', () => {
  it('is read page by page, and what is wrong is counted and the first ones named', async () => {
    await bench.db.query(
      `with added as (
         insert into public.receipts (user_id, image_path, purchase_date)
         select 1, 'minio://receipts/image-' || n || '.jpg', '2026-01-31' from generate_series(1, $1::int) n returning id
       )
       insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, phase, give_up_at)
       select 'ocr', id, 1, 1, '{"image_path": "minio://receipts/image.jpg"}', 'queued', 'admission', now() + interval '1 day' from added`,
      [MANY],
    );
    await bench.db.query('delete from pantry_queue.events');
    let mostRows = 0;
    const watched = <T extends Queryable>(on: T): T => ({
      ...on,
      async query(text: string, values?: readonly unknown[]) {
        const rows = await on.query(text, values);
        mostRows = Math.max(mostRows, rows.length);
        return rows;
      },
    });
    const db: Db = {
      ...watched(bench.db),
      transaction: (work, options) => bench.db.transaction((tx) => work(watched(tx)), options),
    };
    const report = await verifyLedger(db, {
      ledgerId: await readLedgerId(db),
      workflowIdPrefix: '',
      images: { exists: async () => false },
    });
    expect(report).toMatchObject({ jobs: MANY, images: MANY });
    expect(report.findings.map(({ check, count, ids }) => [check, count, ids.length])).toEqual([
      ['history_missing', MANY, 20],
      ['image_missing', MANY, 20],
    ]);
    expect(mostRows).toBeLessThanOrEqual(1_000);
  });
});

describe('the comparison with the engine', () => {
  const engine = () => ({
    describe: (id: string) => bench.engine.describe(id),
    async *openRuns() {
      yield* bench.engine.known.keys();
    },
  });
  const differences = async () => (await verify({ engine: engine() })).findings.map((finding) => finding.check);
  const change = (run: RunKey, changes: object) => {
    const id = `ocr-${run.subject}`;
    const known = bench.engine.known.get(id);
    if (known?.kind === 'known') bench.engine.known.set(id, { ...known, ...changes });
  };

  it('agrees while both know the same runs', async () => {
    await jobs.withAgent();
    expect(await differences()).toEqual([]);
  });

  it.each<[CheckName, 'withAgent' | 'finished', (run: RunKey) => unknown]>([
    ['run_missing', 'withAgent', (run) => bench.engine.known.delete(`ocr-${run.subject}`)],
    ['run_closed', 'withAgent', (run) => change(run, { open: false, status: 'completed' })],
    ['run_foreign', 'withAgent', (run) => change(run, { ledgerId: 'another' })],
    ['run_other', 'withAgent', (run) => change(run, { runNo: 7 })],
    ['run_outlives_job', 'finished', () => {}],
    [
      'run_without_job',
      'finished',
      async (run) => {
        change(run, { open: false });
        bench.engine.known.set('ocr-999999', {
          kind: 'known',
          open: true,
          status: 'running',
          ledgerId: await readLedgerId(bench.db),
          runNo: 1,
          engineRunId: 'x',
          paused: false,
          stuck: null,
        });
      },
    ],
  ])('%s is found', async (check, from, spoil) => {
    await spoil(await jobs[from]());
    expect(await differences()).toEqual([check]);
  });

  it('does not report what agrees again while it looks', async () => {
    const run = await jobs.withAgent();
    const id = `ocr-${run.subject}`;
    const known = await bench.engine.describe(id);
    bench.engine.known.delete(id);
    let looks = 0;
    const report = await verify({
      settleMs: 5_000,
      engine: {
        async describe(workflowId) {
          if (++looks > 1) bench.engine.known.set(id, known);
          return bench.engine.describe(workflowId);
        },
      },
    });
    expect(report.ok).toBe(true);
  });
});

describe('the proof of one job', () => {
  it('names its ack, runs, attempts, key and hashes', async () => {
    const { subject: receiptId } = await jobs.finished();
    const [proof] = await proveJob(bench.db, { ...ocrOf(receiptId), generation: undefined });
    expect(proof).toMatchObject({
      job_id: `ocr-${receiptId}`,
      state: 'finished',
      runs: 1,
      attempts: 1,
      idempotency_key: `ocr-${receiptId}:1:${await readLedgerId(bench.db)}`,
      ack: { event: expect.stringMatching(/^\d+:\d+$/) },
    });
    expect(proof?.reply_hash).toBe(proof?.result_hash);
    expect(proof?.receipt_hash).toBe(proof?.result_hash);
    expect(proof?.events[0]).toMatchObject({ kind: 'enqueued', state: 'queued/admission' });
  });
});
