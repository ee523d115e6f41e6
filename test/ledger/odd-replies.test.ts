import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeReply } from '../../src/contract/agent-reply/judge-reply.ts';
import { isAppError } from '../../src/contract/errors.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import type { ReviewReason } from '../../src/contract/review-reasons.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { causeFields } from '../../src/ledger/connection/refusal.ts';
import type { Db } from '../../src/ledger/db.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { cancelJob } from '../../src/ledger/jobs.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { ADOPTED_SCHEMAS, ODD_VALUES, RECEIPT_TEXT, REPLY_FIELDS, withField } from '../support/odd-replies.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { MANY, partOf } from '../support/sample.ts';

const worker = { id: 'w1', name: 'w1' };

/** How one receipt's job went, driven by the functions that the activities call. */
interface Outcome {
  readonly paidCalls: number;
  readonly status: string;
  readonly code: string | null;
  readonly result: { review_reasons: ReviewReason[]; total_amount: string | null; currency: string | null } | null;
  /** All that reaches a log or a caller. */
  readonly said: string;
}

async function handedOver(db: Db, generation = 1, receiptId?: number): Promise<RunKey> {
  const [id = 0] = receiptId === undefined ? await addReceipts(db, 1) : [receiptId];
  await db.query(
    `insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, phase, give_up_at)
     select 'ocr', id, $2::int, user_id, jsonb_build_object('image_path', image_path), 'queued', 'admission', now() + interval '1 day'
     from public.receipts where id = $1`,
    [id, generation],
  );
  await db.query(`update pantry_queue.jobs set phase = 'worker' where subject = $1 and generation = $2`, [
    id,
    generation,
  ]);
  return { ...ocrOf(id), generation, runNo: 1 };
}

async function read(db: Db, run: RunKey, reply: (id: number) => unknown): Promise<Outcome> {
  const said: unknown[] = [];
  let paidCalls = 0;
  try {
    await markProcessing(db, await readLedgerId(db), run);
    const begun = await beginAttempt(db, run, worker);
    if (begun.kind === 'call') {
      paidCalls++;
      const bytes = bytesOf(reply(run.subject));
      const { refusal } = judgeReply(bytes, run.subject);
      if (refusal) return { paidCalls, status: 'refused', code: refusal.code, result: null, said: refusal.message };
      await storeReply(db, run, begun.attempt, { bytes, agentMs: 1 });
    }
    await saveResult(db, run, { defaultCurrency: 'VND' });
  } catch (error) {
    if (!isAppError(error) || error.code !== 'result_not_storable') throw error;
    said.push(error.message, causeFields(error));
  }
  const [job] = await db.query<Pick<Outcome, 'status' | 'code' | 'result'> & { message: string }>(
    `select status, error_code as code, error_message as message, result from pantry_queue.jobs
     where subject = $1 and generation = $2`,
    [run.subject, run.generation],
  );
  if (!job) throw new Error('the job is gone');
  return {
    paidCalls,
    status: job.status,
    code: job.code,
    result: job.result,
    said: JSON.stringify([said, job.message]),
  };
}

const sound = (id: number) => replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' });

describe.each(Object.entries(ADOPTED_SCHEMAS))('in tables %s', (name, { sql, refuses }) => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.db.transaction((tx) => tx.execute(sql));
  });
  afterAll(() => database.drop());

  const cases = REPLY_FIELDS.flatMap((field) => Object.keys(ODD_VALUES).map((odd) => [field, odd] as const));

  it('[K5] every reply costs one call and is saved, or ends its job with the rule that refused it', async () => {
    const { db } = database;
    const some =
      name === 'of our own'
        ? partOf(cases)
        : fc.sample(fc.constantFrom(...cases), { numRuns: MANY ? 60 : 30, seed: 10 });
    for (const [field, odd] of some) {
      const what = `${field}: ${odd}`;
      const run = await handedOver(db);
      const outcome = await read(db, run, (id) => withField(sound(id), field, ODD_VALUES[odd]));
      expect(outcome.paidCalls, what).toBeLessThanOrEqual(1);
      expect(outcome.said, what).not.toContain(RECEIPT_TEXT);
      if (outcome.status === 'refused') expect(['agent_mismatch', 'agent_rejected'], what).toContain(outcome.code);
      else if (outcome.status === 'failed') expect(outcome.code, what).toBe('result_not_storable');
      else expect(outcome.status, what).toBe('finished');
      if (!refuses) expect(outcome.status, what).toBeOneOf(['finished', 'refused']);
    }
  }, 240_000);

  it('[I5] a cancel ends the job, also where the receipt may not say so', async () => {
    const run = await handedOver(database.db);
    expect(await cancelJob(database.db, asOwner.principal, run)).toBe(true);
    const ended = await database.db.query('select status from pantry_queue.jobs where subject = $1', [run.subject]);
    expect(ended).toEqual([{ status: 'canceled' }]);
  });

  it.skipIf(refuses)('[I4] a failed job is seen in its receipt, whatever the type of the column', async () => {
    const run = await handedOver(database.db);
    await endJob(database.db, run, { status: 'failed', code: 'gave_up', message: 'It waited too long.' });
    const [receipt] = await database.db.query('select ocr_status::text from public.receipts where id = $1', [
      run.subject,
    ]);
    expect(receipt).toEqual({ ocr_status: 'failed' });
  });

  if (!refuses) return;
  it('[Q23] a refused reading is kept, and a retry saves it without a further call', async () => {
    const { db } = database;
    // The second of one shop, where there may be but one.
    await read(db, await handedOver(db), sound);
    const run = await handedOver(db);
    const first = await read(db, run, sound);
    expect(first).toMatchObject({ status: 'failed', code: 'result_not_storable' });
    const second = await read(db, await handedOver(db, 2, run.subject), sound);
    expect(second).toMatchObject({ status: 'failed', code: 'result_not_storable' });
    expect(first.paidCalls + second.paidCalls).toBeLessThanOrEqual(1);
    const live = await db.query(`select from pantry_queue.jobs where subject = $1 and status not in ('failed')`, [
      run.subject,
    ]);
    expect(live).toEqual([]);
  });
});
