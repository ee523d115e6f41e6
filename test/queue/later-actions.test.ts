import { beforeEach, describe, expect, it } from 'vitest';
import { ocrOf } from '../../src/contract/job.ts';
import { GIVE_UP_AFTER_S } from '../../src/contract/policies.ts';
import { endJob } from '../../src/ledger/ends.ts';
import {
  endWithParent,
  findUnmet,
  settleDependencies,
  walkDependencies,
} from '../../src/ledger/enqueue/dependencies.ts';
import { releaseScheduled } from '../../src/ledger/enqueue/later.ts';
import { readMovement } from '../../src/ledger/insight/movement.ts';
import { addReceipts } from '../support/db.ts';
import { as } from '../support/failed-jobs.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { emptyQueue, expectVerified, jobEvents } from './support/empty-queue.ts';

const bench = useGate();
beforeEach(async () => {
  await emptyQueue(bench.db);
  await bench.db.query('delete from pantry_queue.bulks');
});

const status = (id: number) => bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
const retry = (id: number) => bench.queue.retryJob({ job_id: `ocr-${id}` }, asOwner);
const cancel = (id: number) => bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
const round = () => bench.dispatch.sweep();
const clean = () => expectVerified(bench.db);
const kinds = async (id: number) => (await jobEvents(bench.db, id)).map(({ kind }) => kind);
const failIt = (id: number) =>
  endJob(
    bench.db,
    { ...ocrOf(id), generation: 1, runNo: undefined },
    {
      status: 'failed',
      code: 'image_unreadable',
      message: 'It is no picture.',
    },
  );

/** A new job. @returns its receipt */
async function queued(start: object = {}): Promise<number> {
  const [id = 0] = await addReceipts(bench.db, 1);
  await bench.queue.enqueueOcr({ receipt_id: id, ...start }, asOwner);
  return id;
}
const scheduled = () => queued({ delay_seconds: 3_600 });
const waiting = (parent: number, more: object = {}) => queued({ after: [`ocr-${parent}`], ...more });

describe('retry_job', () => {
  it('[Q12] starts a scheduled job before its time, says so, and counts its limit of time from then', async () => {
    const id = await scheduled();
    const told = await retry(id);
    expect(told).toMatchObject({ status: 'queued', phase: 'admission', released: true, deduplicated: true });
    const { run_at, give_up_at } = told;
    expect(Date.parse(run_at ?? '')).toBeLessThanOrEqual(Date.now() + 1_000);
    expect(Date.parse(give_up_at)).toBe(Date.parse(run_at ?? '') + GIVE_UP_AFTER_S * 1_000);
    expect((await jobEvents(bench.db, id)).at(-1)).toMatchObject({
      kind: 'released',
      state: 'queued/admission',
      data: { by: 'request' },
    });
    await expect(retry(id)).rejects.toMatchObject({ code: 'not_retryable' });
    await round();
    expect(await kinds(id)).toEqual(['enqueued', 'released']);
    await clean();
  });

  it('[Q12] leaves a job that waits for others waiting, and names them', async () => {
    const parent = await queued();
    const child = await waiting(parent);
    await expect(retry(child)).rejects.toMatchObject({
      code: 'not_retryable',
      message: `ocr-${child} is deferred.`,
      hint: expect.stringContaining('queue it again without after'),
    });
    expect(await status(child)).toMatchObject({ phase: 'dependency', waiting_for: `ocr-${parent} to end` });
    expect(await kinds(child)).toEqual(['enqueued']);
  });

  it('[S3] starts no scheduled job of another user or tenant', async () => {
    const id = await scheduled();
    for (const who of [as({ tenant: 'acme' }), as({ user: 2, scopes: new Set(['jobs:write', 'jobs:read']) })]) {
      await expect(bench.queue.retryJob({ job_id: `ocr-${id}` }, who)).rejects.toMatchObject({ code: 'job_not_found' });
    }
    expect(await status(id)).toMatchObject({ status: 'scheduled' });
  });
});

describe('actions over many jobs', () => {
  it('[Q12] cancel what is scheduled and what waits for others, and end what waits for those', async () => {
    const parent = await queued();
    const [planned, child] = [await scheduled(), await waiting(parent)];
    const [behindPlanned, behindChild] = [await waiting(planned, { on_parent_failure: 'run' }), await waiting(child)];
    const filter = { status: ['scheduled' as const, 'deferred' as const] };
    const { confirm_token, would_affect } = await bench.queue.cancelJobs(filter, asOwner);
    expect(would_affect).toBe(4);
    await bench.queue.cancelJobs({ confirm_token }, asOwner);
    for (const id of [planned, child, behindPlanned, behindChild]) {
      expect(await status(id)).toMatchObject({ status: 'canceled' });
    }
    await round();
    expect(await status(parent)).toMatchObject({ status: 'queued' });
    expect(await bench.db.query('select from pantry_queue.dependencies')).toEqual([]);
    await clean();
  });

  it('[Q12] run again what failed with its parent, at once and without it, and clear what is not wanted', async () => {
    const parent = await queued();
    const [child, other] = [await waiting(parent), await waiting(parent)];
    await failIt(parent);
    await round();
    const failure = { status: ['failed' as const], error_code: 'dependency_failed' };
    expect((await bench.queue.findJobs(failure, asOwner)).jobs).toHaveLength(2);
    const { confirm_token } = await bench.queue.redriveFailedJobs({ receipt_id: child }, asOwner);
    await bench.queue.redriveFailedJobs({ confirm_token }, asOwner);
    await round();
    expect(await status(child)).toMatchObject({ generation: 2, status: 'queued', phase: 'admission' });
    const clearing = await bench.queue.clearFailedJobs({ error_code: 'dependency_failed' }, asOwner);
    await bench.queue.clearFailedJobs({ confirm_token: clearing.confirm_token }, asOwner);
    await round();
    expect((await bench.queue.findJobs(failure, asOwner)).jobs).toEqual([]);
    expect(await status(other)).toMatchObject({ status: 'failed' });
    await clean();
  });

  it('[W3] a burst leaves what starts later, and what waits for that, and drains what waits for the rest', async () => {
    const planned = await scheduled();
    await waiting(planned);
    expect(await readMovement(bench.db)).toMatchObject({ live: 0 });
    const parent = await queued();
    await waiting(parent, { on_parent_failure: 'run' });
    expect(await readMovement(bench.db)).toMatchObject({ live: 1 });
    await cancel(parent);
    // Between the end of its parent and the round that releases it.
    expect(await readMovement(bench.db)).toMatchObject({ live: 1 });
    await round();
    expect(await readMovement(bench.db)).toMatchObject({ live: 1 });
  });
});

it('[Q12] explain names the jobs that it waits for, how they stand, and who acts for them', async () => {
  const parent = await queued();
  const child = await waiting(parent);
  const explained = async () => bench.queue.explainJob({ job_id: `ocr-${child}` }, asOwner);
  await beatAs(bench.db, 'w1', 4);
  await round();
  expect(await explained()).toMatchObject({
    who_acts: 'nobody',
    lines: expect.arrayContaining([
      `ocr-${child} is deferred (dependency): it waits for ocr-${parent} to end.`,
      `ocr-${parent} is queued (admission): it waits for its turn: it is next of its owner.`,
    ]),
  });
  await bench.queue.pauseQueue({ user_id: 1 }, asOwner);
  const { lines, who_acts } = await explained();
  expect(who_acts).toBe('owner');
  expect(lines[1]).toMatch(/^ocr-\d+ is queued \(admission\): it waits for the jobs of user 1 to be resumed/);
  await cancel(parent);
  await retry(parent);
  // The generation that it waits for has ended; the retry is another one.
  expect((await explained()).lines[1]).toBe(`ocr-${parent}.1 is canceled.`);
  await bench.db.query(`update pantry_queue.jobs set user_id = 2 where subject = $1`, [parent]);
  await bench.db.query(`update public.receipts set user_id = 2 where id = $1`, [parent]);
  expect((await explained()).lines[1]).toBe(`ocr-${parent}.1 is canceled.`);
  const own = as({ scopes: new Set(['jobs:read']) });
  const seen = await bench.queue.explainJob({ job_id: `ocr-${child}` }, own);
  expect(seen.lines.join(' ')).not.toContain('is canceled');
});

it('[S3] a parent of another tenant is answered as one that does not exist, at enqueue and batch', async () => {
  const parent = await queued();
  const [mine = 0] = await addReceipts(bench.db, 1);
  await bench.db.query(`update pantry_queue.receipt_state set tenant_id = 'acme' where receipt_id = $1`, [mine]);
  const acme = as({ tenant: 'acme' });
  const asked = [`ocr-${parent}`, 'ocr-888888'].flatMap((id) => [
    { id, call: bench.queue.enqueueOcr({ receipt_id: mine, after: [id] }, acme) },
    { id, call: bench.queue.enqueueBatchOcr({ receipt_ids: [mine], after: [id] }, acme) },
  ]);
  const refusals = await Promise.all(
    asked.map(({ id, call }) =>
      call.then(
        () => 'answered',
        ({ code, message, fields }) => [code, message.replace(id, 'ocr-N'), fields[0].pointer],
      ),
    ),
  );
  expect(refusals).toEqual(Array(4).fill(['job_not_found', 'There is no job ocr-N.', '/after/0']));
  await expect(status(mine)).rejects.toMatchObject({ code: 'job_not_found' });
});

describe('a process that is killed', () => {
  /** The backend dies when it records this event of any job. */
  async function whileDying(kind: string, work: () => Promise<unknown>): Promise<void> {
    await bench.db.query(`create function pantry_queue.die() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`);
    await bench.db.query(`create trigger die before insert on pantry_queue.events for each row when (new.kind = '${kind}')
      execute function pantry_queue.die()`);
    await expect(work()).rejects.toMatchObject({ code: 'ledger_unavailable' });
    await bench.db.query('drop function pantry_queue.die() cascade');
  }

  it('[I6] while it releases what is due has released nothing, and the next one releases it once', async () => {
    const id = await scheduled();
    await bench.db.query(`update pantry_queue.jobs set run_at = now() - interval '1 second' where subject = $1`, [id]);
    await whileDying('released', () => releaseScheduled(bench.db));
    expect(await status(id)).toMatchObject({ status: 'scheduled' });
    expect([await releaseScheduled(bench.db), await releaseScheduled(bench.db)]).toEqual([1, 0]);
    expect(await kinds(id)).toEqual(['enqueued', 'released']);
    await clean();
  });

  it('[I6] while it goes on after a parent has released nothing, and the next one releases it once', async () => {
    const parent = await queued();
    const child = await waiting(parent, { on_parent_failure: 'run' });
    await cancel(parent);
    await whileDying('released', () => settleDependencies(bench.db));
    expect(await status(child)).toMatchObject({ phase: 'dependency' });
    expect((await settleDependencies(bench.db)).released).toBe(1);
    expect((await settleDependencies(bench.db)).released).toBe(0);
    expect(await kinds(child)).toEqual(['enqueued', 'released']);
    await clean();
  });

  it.each(['parent_unfinished', 'failed'])(
    '[I6] while it ends a job with its parent (at %s) has told nothing',
    async (at) => {
      const parent = await queued();
      const child = await waiting(parent);
      await failIt(parent);
      const end = async () => {
        for (const unmet of await findUnmet(bench.db)) await endWithParent(bench.db, unmet);
      };
      await whileDying(at, end);
      expect(await status(child)).toMatchObject({ phase: 'dependency' });
      expect(await kinds(child)).toEqual(['enqueued']);
      await end();
      await end();
      expect(await kinds(child)).toEqual(['enqueued', 'parent_unfinished', 'failed']);
      await walkDependencies(bench.db, { jobNo: 0, parentNo: 0 });
      await clean();
    },
  );
});
