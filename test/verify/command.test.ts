import { describe, expect, inject, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { useGate } from '../support/gate.ts';
import { runBuilt } from '../support/run-built.ts';
import { createJobs } from './jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));

const verify = (...flags: string[]) =>
  runBuilt(['verify', ...flags], {
    DATABASE_URL: bench.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    // Other tests have workflows in the same Temporal, also an ocr-2.
    WORKFLOW_ID_PREFIX: 'verify-command-',
  });

describe('pantry-queue verify', () => {
  it('says that all is well with exit 0, and which job is wrong with exit 1', async () => {
    const { subject: receiptId } = await jobs.finished();
    const well = await verify();
    expect(well.stdout).toContain('lost 0 · doubled 0 · stale 0 · wrong 0');
    expect(well.exitCode).toBe(0);
    const proof = await verify('--no-engine', '--json', '--job', `ocr-${receiptId}`);
    expect(JSON.parse(proof.stdout)).toMatchObject({
      ok: true,
      jobs: 1,
      workflows: null,
      proof: [{ job_id: `ocr-${receiptId}`, state: 'finished' }],
    });
    expect((await verify('--no-engine', '--job', 'ocr-2000000000')).exitCode).toBe(3);

    await bench.db.query(
      'delete from pantry_queue.replies where job_no in (select job_no from pantry_queue.jobs where subject = $1)',
      [receiptId],
    );
    const wrong = await verify('--no-engine');
    expect(wrong.stdout).toContain('lost 1 · doubled 0 · stale 0 · wrong 0');
    expect(wrong.stdout).toContain(`ocr-${receiptId}`);
    expect(wrong.exitCode).toBe(1);
  });

  it('finds in Temporal that a job which was handed over is not there', async () => {
    const { subject: receiptId } = await jobs.withAgent();
    const report = JSON.parse((await verify('--json', '--job', `ocr-${receiptId}`, '--settle', '1')).stdout);
    expect(report.findings).toMatchObject([{ check: 'run_missing', fault: 'lost', ids: [`ocr-${receiptId}`] }]);
  });
});
