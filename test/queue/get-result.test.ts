import { expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));

it('get_result gives the whole reading with its evidence once it is saved, and nothing before', async () => {
  const run = await jobs.withAgent();
  const id = run.subject;
  const evidence = {
    fields: { total_amount: { region: [0.1, 0.2, 0.3, 0.04], reading_confidence: 0.9, rule: 'total word' } },
  };
  const bytes = bytesOf({ ...replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' }), evidence });
  await storeReply(bench.db, run, 1, { bytes, agentMs: 7 });

  expect(await bench.queue.getResult({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({
    status: 'started',
    result: null,
    raw_text: null,
    evidence: null,
  });
  await saveResult(bench.db, run, { defaultCurrency: 'VND' });
  expect(await bench.queue.getResult({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({
    job_id: `ocr-${id}`,
    status: 'finished',
    result: { total_amount: '12.50' },
    raw_text: expect.stringContaining('Total 12.50'),
    validation: { valid: true },
    evidence,
    agent_ms: 7,
  });
  const stranger = { principal: { ...asOwner.principal, user: 2, scopes: new Set(['jobs:read'] as const) } };
  await expect(bench.queue.getResult({ job_id: `ocr-${id}` }, stranger)).rejects.toMatchObject({
    code: 'job_not_found',
  });
});
