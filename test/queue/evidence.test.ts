import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LIMITS } from '../../src/contract/policies.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { boundEvidence } from '../../src/queue/evidence.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));
const MAX = LIMITS.evidenceBytes;
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

it('[G8] a receipt with large evidence carries what fits and names the rest, which the result has', async () => {
  const run = await jobs.withAgent();
  const id = run.subject;
  const evidence = {
    page: { width: 3, height: 4, turned_degrees: 90 },
    items: Array.from({ length: 1_000 }, (_, n) => ({ rule: `row ${n}`, words: 'w'.repeat(1_500) })),
    fields: { total_amount: { rule: 'total word' } },
  };
  const bytes = bytesOf({ ...replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' }), evidence });
  await storeReply(bench.db, run, 1, { bytes, agentMs: 7 });
  await saveResult(bench.db, run, { defaultCurrency: 'VND' });
  const receipt = await bench.queue.getReceipt({ receipt_id: id }, asOwner);
  expect(receipt).toMatchObject({ evidence_left_out: ['/items'] });
  expect(receipt.evidence).toEqual({ page: evidence.page, fields: evidence.fields });
  expect(sizeOf(receipt)).toBeLessThan(LIMITS.answerBytes);
  const { evidence: whole } = await bench.queue.getResult({ job_id: `ocr-${id}` }, asOwner);
  expect(whole).toEqual(evidence);
});

it('[G8] evidence of any shape is given as it is, or within the bound with the names of what is missing', () => {
  const text = fc.nat({ max: 2 * MAX }).map((length) => 'é'.repeat(length / 2));
  const entries = fc.dictionary(fc.string(), text, { maxKeys: 6 });
  fc.assert(
    fc.property(fc.oneof(text, fc.array(text, { maxLength: 4 }), entries, fc.constant(null)), (evidence) => {
      const given = boundEvidence(evidence);
      if (sizeOf(evidence) <= MAX) {
        expect(given).toEqual({ evidence });
        return;
      }
      expect(sizeOf(given.evidence)).toBeLessThanOrEqual(MAX);
      const kept = Object.keys(given.evidence ?? {}).length;
      const all = Array.isArray(evidence) || typeof evidence === 'string' ? 1 : Object.keys(evidence ?? {}).length;
      expect(given.evidence_left_out).toHaveLength(all - kept);
      expect(all).toBeGreaterThan(kept);
    }),
    { numRuns: 60 },
  );
});
