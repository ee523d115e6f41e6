import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import { ocrOf, type RunKey } from '../../src/contract/job.ts';
import { beginAttempt, failAttempt } from '../../src/ledger/attempts.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { SEED, sampleOf } from '../support/sample.ts';
import { createJobs, reply } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));

async function canceled(): Promise<RunKey> {
  const run = await jobs.handedOver();
  await bench.queue.cancelJob({ job_id: `ocr-${run.subject}` }, asOwner);
  return run;
}
async function canceling(): Promise<RunKey> {
  const run = await jobs.withAgent();
  await bench.queue.cancelJob({ job_id: `ocr-${run.subject}` }, asOwner);
  return run;
}
async function backingOff(): Promise<RunKey> {
  const run = await jobs.withAgent();
  const error = { code: 'agent_error', message: 'The agent failed.', charged: true } as const;
  await failAttempt(bench.db, run, 1, error, { phase: 'backoff', delayMs: 600_000 });
  return run;
}
async function readTwice(): Promise<RunKey> {
  const { subject: receiptId } = await jobs.finished();
  const { generation } = await bench.queue.enqueueOcr({ receipt_id: receiptId, force: true }, asOwner);
  return { ...ocrOf(receiptId), generation, runNo: 1 };
}

/** How far the receipt's job has come when its row is touched. */
const MOMENTS = { ...jobs, canceling, backingOff, canceled, readTwice };
type Moment = keyof typeof MOMENTS;
const LIVE: readonly Moment[] = ['waiting', 'handedOver', 'withAgent', 'backingOff', 'replied', 'readTwice'];

const ROW = `with old as (delete from public.receipts where id = $1 returning *)
  insert into public.receipts (id, user_id, image_path, purchase_date, created_at)`;

/** What an application does to a receipt's row, by plain SQL; `$1` is its id. */
const ACTIONS = {
  'the row is deleted': {
    stands: 'nothing',
    sql: ['delete from public.receipts where id = $1'],
  },
  'the id is used again by another user': {
    stands: 'another',
    sql: [`${ROW} select id, user_id + 1, 'minio://receipts/another.jpg', null, clock_timestamp() from old`],
  },
  'the id is used again by its user, with another image': {
    stands: 'another',
    sql: [`${ROW} select id, user_id, 'minio://receipts/another.jpg', null, clock_timestamp() from old`],
  },
  'the id is used again with everything equal but the moment': {
    stands: 'another',
    sql: [`${ROW} select id, user_id, image_path, purchase_date, created_at + interval '1 microsecond' from old`],
  },
  'the table is emptied and begins at 1 again': {
    stands: 'another',
    sql: [
      'truncate public.receipts restart identity cascade',
      `insert into public.receipts (id, user_id, image_path) select $1::int, 2, 'minio://receipts/another.jpg'`,
      `select setval(pg_get_serial_sequence('public.receipts', 'id'), $1::int)`,
    ],
  },
  'its image is changed': {
    stands: 'changed',
    sql: [`update public.receipts set image_path = 'minio://receipts/another.jpg' where id = $1`],
  },
  'its owner is changed': {
    stands: 'changed',
    sql: ['update public.receipts set user_id = user_id + 1 where id = $1'],
  },
  'the row is deleted where triggers do not fire': {
    stands: 'nothing',
    sql: ['delete from public.receipts where id = $1'],
    withoutTriggers: true,
  },
} as const;
type Action = (typeof ACTIONS)[keyof typeof ACTIONS] & { withoutTriggers?: true };

async function act(action: Action, receiptId: number): Promise<void> {
  await bench.db.transaction(async (tx) => {
    if (action.withoutTriggers) await tx.query('set local session_replication_role = replica');
    for (const sql of action.sql) await tx.query(sql, sql.includes('$1') ? [receiptId] : []);
  });
}

const statusOf = (jobId: string) =>
  bench.queue.getJobStatus({ job_id: jobId }, asOwner).catch((error: unknown) => {
    if (isAppError(error)) return { status: error.code, result: null, error: null };
    throw error;
  });
const rowOf = async (receiptId: number) =>
  (
    await bench.db.query<{ merchant_name: string | null; items: number; ocr_status: string }>(
      `select merchant_name, ocr_status,
         (select count(*)::int from public.receipt_items i where i.receipt_id = r.id) as items
       from public.receipts r where id = $1`,
      [receiptId],
    )
  )[0];
const oldJob = async ({ subject: receiptId, generation }: RunKey) =>
  (
    await bench.db.query<{ status: string; error_code: string | null; kept: number }>(
      `select status, error_code,
         (select count(*)::int from pantry_queue.replies p join pantry_queue.jobs e using (job_no)
           where e.subject = j.subject and e.generation <= $2)
         + (j.result is not null)::int + (j.result_hash is not null)::int + (j.params <> '{}')::int as kept
       from pantry_queue.jobs j where subject = $1 and generation = $2`,
      [receiptId, generation],
    )
  )[0];
const findings = async () =>
  (await verifyLedger(bench.db, { ledgerId: await readLedgerId(bench.db), workflowIdPrefix: '', settleMs: 0 }))
    .findings;

/** Of all jobs a sweep walks one page: until it has come by the newest. */
async function sweepToTheEnd(): Promise<void> {
  for (;;) {
    await bench.dispatch.sweep();
    const [state] = await bench.db.query<{ walked: string }>(
      'select walked_job_no::text as walked from pantry_queue.queue_state',
    );
    if (state?.walked === '0') return;
  }
}

/** What the old run still does after its receipt was touched: nothing of it may be paid, shown or written. */
async function oldRunGoesOn(run: RunKey): Promise<void> {
  const begun = await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' });
  expect(begun.kind, 'no further call is paid').not.toBe('call');
  await markProcessing(bench.db, await readLedgerId(bench.db), run);
  await reply(bench.db, run, 1);
  expect((await saveResult(bench.db, run, { defaultCurrency: 'EUR' })).current).toBe(false);
}

/** Reads what stands there now to its end. */
async function readAgain(receiptId: number, generation: number): Promise<void> {
  const run = { ...ocrOf(receiptId), generation, runNo: 1 };
  await bench.dispatch.tick();
  await markProcessing(bench.db, await readLedgerId(bench.db), run);
  expect(await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' })).toMatchObject({ kind: 'call' });
  await reply(bench.db, run, 1);
  expect(await saveResult(bench.db, run, { defaultCurrency: 'EUR' })).toEqual({ current: true });
}

describe.each(Object.entries<Action>(ACTIONS))('[Q25] %s', (name, action) => {
  /** Each moment on one side of a sweep that the seed draws; in the full run on both. */
  const cases = sampleOf(
    (Object.keys(MOMENTS) as Moment[]).flatMap((at) => (['before', 'after'] as const).map((when) => ({ at, when }))),
    ({ at }) => at,
    SEED + Object.keys(ACTIONS).indexOf(name),
  );
  it.each(cases)(
    `while its job is $at, and asked for $when a sweep: nothing old is shown, paid or written (seed ${SEED})`,
    async ({ at, when }) => {
      const bystander = await jobs.finished();
      const run = await MOMENTS[at]();
      const { subject: receiptId } = run;
      if (at !== 'waiting') await bench.dispatch.sweep();
      const untouched = await statusOf(`ocr-${bystander.subject}`);
      await act(action, receiptId);
      const standing = await rowOf(receiptId);
      if (when === 'after') await bench.dispatch.sweep();

      const seen = await statusOf(`ocr-${receiptId}`);
      if (action.stands !== 'changed') expect(seen.result).toBeNull();
      if (action.stands === 'another') expect(seen.status).toBe('job_not_found');
      const before = when === 'before' ? await oldJob(run) : undefined;
      if (LIVE.includes(at) && action.stands !== 'nothing') await oldRunGoesOn(run);
      else if (LIVE.includes(at)) await oldRunGoesOn(run);
      expect(await rowOf(receiptId), `as before (${before?.status})`).toMatchObject({
        ...standing,
        ...(action.stands === 'changed' ? { ocr_status: expect.any(String) } : {}),
      });

      let generation = run.generation;
      if (action.stands !== 'nothing') {
        const asked = await bench.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
        expect(asked).toMatchObject({ deduplicated: false, generation: run.generation + 1, result: null });
        generation = asked.generation;
      }
      await sweepToTheEnd();

      const old = await oldJob(run);
      if (LIVE.includes(at)) {
        expect(old).toMatchObject({
          status: 'failed',
          error_code: action.stands === 'changed' ? 'receipt_changed' : 'receipt_deleted',
        });
      }
      if (action.stands !== 'changed') expect(old?.kept, 'nothing personal is left').toBe(0);
      if (!name.includes('emptied')) expect(await statusOf(`ocr-${bystander.subject}`)).toEqual(untouched);
      expect(await findings()).toEqual([]);
      if (generation === run.generation) return;
      await readAgain(receiptId, generation);
      expect(await statusOf(`ocr-${receiptId}`)).toMatchObject({ status: 'finished', generation });
      expect(await findings()).toEqual([]);
    },
  );
});

describe('[Q25] a table that is restored', () => {
  it.each(Object.keys(MOMENTS) as Moment[])('with the same rows keeps the job that is %s', async (at) => {
    const run = await MOMENTS[at]();
    await bench.dispatch.sweep();
    const state = async () => {
      const { status, result, error } = await statusOf(`ocr-${run.subject}`);
      return { status, result, error };
    };
    const before = await state();
    await bench.db.transaction(async (tx) => {
      await tx.query('create temp table dump on commit drop as select * from public.receipts');
      await tx.query(
        'create temp table items on commit drop as select * from public.receipt_items where receipt_id in (select id from dump)',
      );
      await tx.query('truncate public.receipts cascade');
      await tx.query('insert into public.receipts select * from dump');
      await tx.query('insert into public.receipt_items select * from items');
    });
    await bench.dispatch.sweep();
    expect(await state()).toEqual(before);
    expect(await findings()).toEqual([]);
  });
});
